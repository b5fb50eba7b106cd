"""A project's settings and its audit log."""

from django.urls import URLPattern, path

from classifyhub.accounts.views import audit, keys, members, settings

urlpatterns: list[URLPattern] = [
    path("settings/project/", settings.project, name="settings_project"),
    path("settings/members/", members.members, name="settings_members"),
    path("settings/members/<uuid:uid>/role/", members.change_role, name="settings_member_role"),
    path("settings/members/<uuid:uid>/remove/", members.remove, name="settings_member_remove"),
    path("settings/members/<uuid:uid>/link/", members.make_link, name="settings_member_link"),
    path("settings/keys/", keys.keys, name="settings_keys"),
    path("settings/keys/<uuid:uid>/revoke/", keys.revoke, name="settings_key_revoke"),
    path("settings/retention/", settings.retention, name="settings_retention"),
    path("audit/", audit.audit_log, name="audit_log"),
    path("audit.csv", audit.audit_export, name="audit_export"),
]
