"""From a page to an article: its text, and what it says of itself."""
