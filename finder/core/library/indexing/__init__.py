"""From folders to a library: what there is to do (`plan`), who does it (`dispatch`, `worker`),
what becomes of each file (`file_result`), and how it is stored (`batch_writer`).

A decoder that hangs or crashes: `crash_journal` notes what is being decoded, `dispatch` leaves a
thread behind that takes too long, and `executors.run_isolated` tries the file again in a process.
"""
