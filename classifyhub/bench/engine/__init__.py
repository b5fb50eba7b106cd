"""How good the local engine is, measured on labelled documents that are not part of this project.

``python -m classifyhub.bench.engine CORPUS`` prints the figures and writes them as JSON. A corpus is a folder with
``labels.csv`` (file, type, source_repo, has_text_layer), ``rules.json`` and, for packets, ``packets.csv``."""
