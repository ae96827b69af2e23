"""What training is about, without PyTorch: settings, epochs, unfinished trainings, and the messages
of the process that trains (`finder.train`) to the one that shows it."""
