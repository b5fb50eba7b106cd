"""Presets: list, editor, versions."""

from django.urls import URLPattern, path

from rules.views import editor, presets, transfer, versions

urlpatterns: list[URLPattern] = [
    path("presets/", presets.index, name="presets"),
    path("presets/new/", presets.new, name="preset_new"),
    path("presets/import/", transfer.import_preset, name="preset_import"),
    path("presets/<uuid:uid>/", editor.preset, name="preset"),
    path("presets/<uuid:uid>/draft/", editor.draft, name="preset_draft"),
    path("presets/<uuid:uid>/merge/", editor.merge, name="preset_merge"),
    path("presets/<uuid:uid>/paste/", transfer.paste, name="preset_paste"),
    path("presets/<uuid:uid>/publish/", versions.publish, name="preset_publish"),
    path("presets/<uuid:uid>/versions/", versions.versions, name="preset_versions"),
    path("presets/<uuid:uid>/versions/<int:number>/restore/", versions.restore, name="preset_version_restore"),
    path("presets/<uuid:uid>/diff/", versions.diff, name="preset_diff"),
    path("presets/<uuid:uid>/export.json", transfer.export, name="preset_export"),
    path("presets/<uuid:uid>/rename/", presets.rename, name="preset_rename"),
    path("presets/<uuid:uid>/duplicate/", presets.duplicate, name="preset_duplicate"),
    path("presets/<uuid:uid>/default/", presets.set_default, name="preset_default"),
    path("presets/<uuid:uid>/archive/", presets.archive, name="preset_archive"),
    path("presets/<uuid:uid>/bring-back/", presets.bring_back, name="preset_bring_back"),
]
