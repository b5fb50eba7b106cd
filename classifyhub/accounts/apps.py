from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "classifyhub.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"
