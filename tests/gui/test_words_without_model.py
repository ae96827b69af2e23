"""Words where no model understands them, or not all do: names are found, and a way out is shown."""

from __future__ import annotations

import pytest
from one_model import BY_HASH, ONE_MODEL
from playing import LITE0, Begin, Player
from PySide6.QtWidgets import QMenu
from sample_words import NAME, add_sample_words
from words_scene import WORDS_MODEL, edit_of, named, search_for

from finder.core.errors import FinderError
from finder.core.library.catalogue.settings import Settings
from finder.core.models.runtime.pool import ExtractorPool
from finder.core.paths import Home
from finder.gui.models.models_dialog import ModelsDialog
from finder.gui.results.names.found_words import NAMES
from finder.jobs.library_models import OfferedWords


@pytest.fixture
def wordless(begin: Begin, library: Home) -> Player:
    """The window on the indexed samples, with models that know pictures only."""
    return begin(library, ONE_MODEL)


def offer(player: Player) -> tuple[str, str]:
    """The sentence above the results, and its button."""
    panel = player.window.results.offer
    assert panel.isVisible()
    return panel.text.text(), "" if panel.button.isHidden() else panel.button.text()


def test_names_are_found_without_any_model(wordless: Player) -> None:
    search_for(wordless, "tabby")
    assert named(wordless) == ["tabby-cat.jpg"]
    assert [column.key for column in wordless.columns] == [NAMES]
    assert wordless.window.hero.facts.whole_text() == "Found by names and text only"
    assert not wordless.bar.views.isVisible()  # there is one list only


def test_the_download_is_offered_with_its_size(
    wordless: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered = OfferedWords("resnet50-v1-12", "SigLIP2", 690_000_000)
    monkeypatch.setattr(wordless.workspace.models, "offered_words", lambda: offered)
    search_for(wordless, "tabby")
    wordless.wait(lambda: offer(wordless)[1] == "Download SigLIP2 (690 MB)…")
    said = "No model here understands words: only names and text were searched."
    assert offer(wordless)[0] == said
    wordless.window.results.offer.button.click()
    dialog = wordless.dialog(ModelsDialog)
    assert isinstance(dialog, ModelsDialog)
    wordless.wait(lambda: dialog.current() == offered.name)
    dialog.close()


def test_an_offer_that_could_not_be_read_is_read_again(
    wordless: Player, monkeypatch: pytest.MonkeyPatch
) -> None:
    offers = iter([OfferedWords("resnet50-v1-12", "SigLIP2", 690_000_000)])
    asked: list[str] = []

    def offered() -> OfferedWords:
        asked.append("once more")
        if len(asked) == 1:
            raise FinderError("The library is in use.")
        return next(offers)

    monkeypatch.setattr(wordless.workspace.models, "offered_words", offered)
    search_for(wordless, "tabby")
    wordless.settle()
    assert offer(wordless)[1] == "Models…"
    search_for(wordless, "-")
    wordless.wait(lambda: offer(wordless)[1] == "Download SigLIP2 (690 MB)…")


def test_words_that_nothing_is_named_by(wordless: Player) -> None:
    search_for(wordless, "zeppelin")
    assert "Nothing is named “zeppelin”" in wordless.page()
    assert offer(wordless)[0].startswith("No model here")
    wordless.answer(lambda: search_for(wordless, "s"))
    assert "Nothing is named “zeppelins”" in wordless.page()


def test_where_a_filter_hides_what_is_named_so_it_is_said(wordless: Player) -> None:
    search_for(wordless, "tabby")
    wordless.answer(lambda: wordless.window.filters.set_name("zebra"))
    page = wordless.page()
    assert "Nothing that passes the filter is named “tabby”" in page
    assert "captions and text in pictures were searched." in page
    wordless.answer(lambda: wordless.press("Clear filter", wordless.window.results.empty))
    assert named(wordless) == ["tabby-cat.jpg"]


def test_another_model_is_to_be_chosen(begin: Begin, words_library: Home) -> None:
    player = begin(words_library, Settings(models_on=(NAME,), models_shown=(LITE0,)))
    search_for(player, "cat")
    text, button = offer(player)
    assert text == "None of the chosen models understands words: only names and text were searched."
    assert button == "Choose models…"
    player.answer(lambda: player.choose(NAME))
    assert not player.window.results.offer.isVisible()
    assert player.columns[0].key == NAME


def test_a_model_that_has_indexed_nothing_is_offered_to_index(
    begin: Begin, library: Home, extractors: ExtractorPool
) -> None:
    add_sample_words(library, extractors)
    player = begin(library, WORDS_MODEL)
    search_for(player, "tabby")
    text, button = offer(player)
    assert "not indexed yet with: Words Lite" in text
    assert button == "Index now"
    assert named(player) == ["tabby-cat.jpg"]
    player.window.results.offer.button.click()
    player.indexed()


def test_models_without_words_are_grey_while_there_is_no_picture(
    begin: Begin, words_library: Home
) -> None:
    player = begin(words_library, Settings(models_on=(NAME,), models_shown=(NAME, LITE0)))
    search_for(player, "castle")
    rows = {row.spec.name: row for row in player.bar.models.rows}
    assert rows[NAME].box.isEnabled()
    assert not rows[LITE0].box.isEnabled()
    assert "does not understand words" in rows[LITE0].box.toolTip()
    assert "does not understand words" in rows[LITE0].box.accessibleDescription()
    edit_of(player).clear()
    player.bar.field.cleared.emit()
    assert rows[LITE0].box.isEnabled()
    assert isinstance(player.bar.models.menu(), QMenu)


def test_the_library_itself_is_empty(begin: Begin, home: Home) -> None:
    player = begin(home, BY_HASH)
    edit_of(player).setFocus()
    player.window.query_editor.set_words("castle")
    player.wait(lambda: "The library is empty" in player.page())
