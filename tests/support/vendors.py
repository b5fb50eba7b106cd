"""Which stand-in speaks the API of each provider that documents are sent to."""

STANDINS = {
    "llamacloud_v2": "llamacloud",
    "llamacloud_v1": "llamacloud",
    "landingai": "landingai",
    "unsiloed": "unsiloed",
    "openai_compatible": "openai",
}
