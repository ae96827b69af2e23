"""What the window tells: toasts, notices, pages, and reports of bugs."""
