"""The project: settings, URLs and what every app may use. Knows no app."""
