"""What clients speak to: WSGI apps that look like AWS."""
