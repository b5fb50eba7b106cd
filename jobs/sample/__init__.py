"""The sample desk: invented companies and their documents, drawn on the spot so that none has to be shipped."""
