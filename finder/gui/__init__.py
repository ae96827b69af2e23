"""The window: panels show values and emit signals, controllers decide.

Runs in the GUI thread only: no file, model or database is touched here. Work runs in
`finder.jobs.task_runner`. May import `jobs` and below, never `app` or `cli`. The packages `query`,
`results`, `library`, `models`, `preferences`, `storage`, `evaluation` and `teaching` import
`common`, `grid` and `theme`, not each other; `shell` imports all and connects them
(`shell.conductor`). How to add a part: docs/add-a-window-part.md; colours, sizes, icons and base
widgets: docs/theme.md.

What happens where:

| The user …                                          | module                                     |
|-----------------------------------------------------|--------------------------------------------|
| starts the program; sees an error instead of it     | shell.startup_error                        |
| sees the window's layout, resizes, closes it        | shell.main_window, main_area               |
| uses a menu, or a key anywhere in the window        | shell.actions → shell.conductor            |
| finds the window as it was the last time            | shell.window_state                         |
| saves a search; opens, renames, deletes a saved one | shell.saved.saved_controller               |
| … the saved searches in the side bar                | library.side_bar.saved_section             |
| drops, pastes, opens a picture, folder, model, link | query.input.input_controller               |
| … what a drop or the clipboard has in it            | query.input.drop_data                      |
| captures a part of the screen                       | query.capture.capture_controller,          |
| … draws it on a picture of the screen               | query.capture.screen_picker,               |
|                                                     |   capture_overlay                          |
| … where only the desktop sees the screen            | query.capture.portal                       |
| drags something over the window; drops it           | shell.dropping.drop_controller             |
| … what it is, and what dropping it does, in words   | query.input.dragged, drop_words            |
| … the places where that is shown                    | shell.dropping.drop_targets, drop_overlay, |
|                                                     |   target_painter                           |
| … adds it to the query as an example                | shell.dropping.examples                    |
| drags a card                                        | grid.card_drag, common.card_mime           |
| searches; starts over; goes back and forward        | shell.searches.query_controller            |
| … the search itself, and its cancellation           | query.search_controller                    |
| sees a page: drop zone                              | query.input.drop_zone                      |
| … loading, nothing indexed, error                   | shell.message_pages                        |
| uses the bar at the top; chooses models and view    | query.query_bar, models_menu               |
| … number of matches, metric, cut-off, size          | query.view_options                         |
| sees the query, large; draws a frame on it          | query.hero.query_hero, crop_picture        |
| types into the field: words, a path, a link         | query.input.words_field, suggestions       |
| … what is typed becomes the words of the query      | shell.searches.words_controller            |
| … which models answer words; what is offered        | shell.searches.words_answers, answer_words |
| sees the query's words and examples, as chips       | query.hero.example_chips                   |
| sees what names and texts have of the words         | results.names.names_column, names_strip,   |
|                                                     |   found_words                              |
| filters the library and the searches                | shell.searches.filter_controller           |
| … the chips; the panel in which conditions are set  | query.filtering.filter_bar, filter_editor  |
| sees how close the matches are, beside the cut-off  | query.closeness_histogram                  |
| folds and unfolds near-duplicates                   | results.folding_controller, folding        |
| sees which matches are proven to be the same        | query.verification,                        |
|                                                     |   results.proof_words, proof_badge         |
| … which part of a match was found                   | results.part_words                         |
| puts the matches in another order                   | results.order_button, result_order         |
| sees the results in one of two views, filters them  | results.results_panel, results_header,     |
|                                                     |   result_filter                            |
| … columns side by side, scrolled together           | results.compare.compare_view               |
| … moves and hides columns, goes to the next one     | results.compare.column_set, column_order,  |
|                                                     |   column_header                            |
| … a column, its grid, what its cards say            | results.compare.result_column,             |
|                                                     |   results.match_view, match_model          |
| … how far each two models agree, in a table         | results.answer_facts,                      |
|                                                     |   results.agreement.agreement_button,      |
|                                                     |   agreement_table, agreement_model         |
| sees cards in a grid, points at them, selects them  | grid.picture_view, grid_view, layout_view, |
|                                                     |   layouts, row_breaking, section, card,    |
|                                                     |   pills, covers, thumbnail_feed            |
| types a name in the grid of the library             | library.browse.library_view, type_ahead    |
| sees how near the selected one is for each model    | results.results_controller,                |
|                                                     |   results.details.standings_list           |
| previews it, compares it with the query, goes on    | shell.preview_controller,                  |
| … the pixels of both                                | results.preview.preview_dialog,            |
|                                                     |   preview_stage, preview_loader            |
| … its facts; opens, copies it                       | results.details.details_panel,             |
|                                                     |   picture_controller                       |
| adds, rescans, removes folders                      | library.library_controller                 |
| sees folders, progress, skipped files, the plan     | library.side_bar.library_panel_controller  |
| … which runs are queued, paused, cancelled, retried | library.index_controller                   |
| finds things inside the pictures of a folder        | library.crops_controller                   |
| chooses which models index new pictures             | library.indexing_models                    |
| … is offered to index with a new model; removes one | library.model_changes                      |
| goes from one part of the window to the next        | shell.panes                                |
| changes a watched folder; unplugs its drive         | library.watch_controller                   |
| opens the models dialog                             | models.models_controller                   |
| … installs a model                                  | models.model_downloads                     |
| … removes it, measures it, indexes again            | models.model_operations                    |
| imports an ONNX file                                | models.import_controller                   |
| checks the library, restores a backup               | shell.maintenance.maintenance              |
| sees where the vectors are; tries a server, moves   | storage.storage_controller →               |
| … them there                                        | storage_dialog, place_section,             |
|                                                     |   server_section, server_form              |
| … brings them back, synchronises                    | storage.server_actions                     |
| … chooses a copy of the vectors, an index           | storage.searching_section                  |
| … sees machines, maps their folders, forgets one    | storage.machines_section, mapping_form     |
| … what is under way, and how it ended               | storage.activity, storage_work             |
| meets the pictures of other machines                | storage.background_sync                    |
| measures which model finds best                     | evaluation.evaluation_controller →         |
|                                                     |   measure_dialog, setup_page, result_page  |
| … the figures, the plot, the weights                | evaluation.figures_tab, quality_plot,      |
|                                                     |   common.figures_table, common.plot        |
| … tables of shaded numbers, the pictures behind     | evaluation.ranking_tabs, heat_table,       |
|                                                     |   heat_model, search_rows                  |
| teaches a model labels                              | teaching.teaching_controller →             |
|                                                     |   teach_dialog                             |
| … in seconds, on known vectors                      | teaching.quick_teaching → quick_page,      |
|                                                     |   quick_setup, quick_result, gain_plot     |
| … by training a network, in another process         | teaching.training_controller →             |
|                                                     |   training_page, training_form,            |
|                                                     |   training_view, training_result           |
| … chooses where labels come from                    | common.label_source_form, folder_card      |
| … sees how far it is                                | common.run_status, step_words, library_run |
| reads a toast, a notice, an error                   | shell.feedback, common.notices.toast,      |
|                                                     |   notice_bar, messages, window_ways,       |
|                                                     |   verdict                                  |
| meets a bug                                         | common.notices.bug_reporter                |
| opens the preferences, changes one                  | shell.preferences_controller →             |
| … a section of them                                 | preferences.…_section                      |
| … switches on that text in pictures is read         | preferences.text_controller, text_card     |
| sees removed pictures, brings them back             | library.removal.removed_controller         |
| asks for the keys, the documentation, the licences  | shell.help.help_controller                 |
| … the keys of all parts, in groups                  | shell.help.shortcut_table                  |
| chooses light, dark or the system's scheme          | shell.theme_menu → theme.theme             |
| sees colours, sizes, the shapes of Qt's widgets     | theme.tokens, palette, stylesheet          |
| … icons                                             | theme.icons                                |
| … where the focus is, while using the keyboard      | theme.focus_rings, focus_ring              |
| … a button, a chip, a choice, a search field        | common.buttons, chip, segmented_control,   |
|                                                     |   search_field                             |
| … a toast, a small panel, an empty page             | common.notices.toast, common.popover,      |
|                                                     |   common.notices.message_page              |
"""
