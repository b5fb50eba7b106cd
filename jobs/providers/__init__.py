"""One module per classify API this desk calls. They know HTTP and their vendor's words, not the database."""
