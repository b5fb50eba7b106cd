"""Pages of the desk itself: home, upload, runs, jobs, documents, review, operation."""

from django.urls import URLPattern, path

from jobs.views import connections, documents, forecasting, home, intake, jobs, operation, review, runs, trying, upload

urlpatterns: list[URLPattern] = [
    # Home
    path("", home.home, name="home"),
    path("first-steps/dismiss/", home.first_steps_dismiss, name="home_steps_dismiss"),
    path("sample/load/", home.sample_load, name="sample_load"),
    path("sample/remove/", home.sample_remove, name="sample_remove"),
    # Upload
    path("upload/", upload.upload, name="upload"),
    path("upload/choose/", upload.upload_choose, name="upload_choose"),
    path("upload/remove/", upload.upload_remove, name="upload_remove"),
    path("upload/settle/", upload.upload_settle, name="upload_settle"),
    path("upload/clear/", upload.upload_clear, name="upload_clear"),
    path("upload/switch/", upload.upload_switch, name="upload_switch"),
    path("upload/launch/", upload.upload_launch, name="upload_launch"),
    path("upload/files/", upload.upload_form, name="upload_form"),
    path("upload/addresses/", upload.upload_addresses, name="upload_addresses"),
    path("intake/", intake.intake_open, name="intake_open"),
    path("intake/<uuid:batch>/", intake.intake_status, name="intake_status"),
    path("intake/<uuid:batch>/files/<uuid:client_uid>/", intake.intake_file, name="intake_file"),
    path("intake/<uuid:batch>/files/<uuid:client_uid>/too-large/", intake.intake_too_large, name="intake_too_large"),
    # Connections
    path("settings/connections/", connections.connections, name="settings_connections"),
    path("settings/connections/<uuid:uid>/test/", connections.test, name="settings_connection_test"),
    path("settings/connections/<uuid:uid>/retry/", connections.retry, name="settings_connection_retry"),
    path("settings/connections/<uuid:uid>/remove/", connections.remove, name="settings_connection_remove"),
    # Runs and jobs
    path("runs/", runs.run_list, name="runs"),
    path("runs/<uuid:uid>/", runs.run, name="run"),
    path("runs/<uuid:uid>/cancel/", runs.run_cancel, name="run_cancel"),
    path("runs/<uuid:uid>/retry/", runs.run_retry, name="run_retry"),
    path("runs/<uuid:uid>/again/", runs.run_again, name="run_again"),
    path("runs/<uuid:uid>/erase/", runs.run_erase, name="run_erase"),
    path("runs/<uuid:uid>/export.csv", runs.run_export, {"form": "csv"}, name="run_export"),
    path("runs/<uuid:uid>/export.jsonl", runs.run_export, {"form": "jsonl"}, name="run_export_lines"),
    path("jobs/<uuid:uid>/", jobs.job, name="job"),
    path("jobs/<uuid:uid>/raw/", jobs.job_raw, name="job_raw"),
    path("jobs/<uuid:uid>/retry/", jobs.job_retry, name="job_retry"),
    path("jobs/<uuid:uid>/again/", jobs.job_again, name="job_again"),
    path("jobs/<uuid:uid>/decide/", jobs.job_decide, name="job_decide"),
    path("jobs/<uuid:uid>/reopen/", jobs.job_reopen, name="job_reopen"),
    # Documents
    path("documents/<uuid:uid>/pages/<int:page>.webp", documents.page_image, name="document_page"),
    path("documents/<uuid:uid>/thumbs/<int:page>.webp", documents.page_thumb, name="document_thumb"),
    path("documents/<uuid:uid>/text/", documents.document_text, name="document_text"),
    path("documents/<uuid:uid>/original/", documents.document_original, name="document_original"),
    path("documents/<uuid:uid>/erase/", documents.document_erase, name="document_erase"),
    # Review
    path("review/", review.review_next, name="review"),
    path("review/undo/", review.review_undo, name="review_undo"),
    path("review/<uuid:uid>/", review.review_item, name="review_item"),
    path("review/<uuid:uid>/decide/", review.review_decide, name="review_decide"),
    path("review/<uuid:uid>/hold/", review.review_hold, name="review_hold"),
    # Trying a draft
    path("presets/<uuid:uid>/try/", trying.preset_try, name="preset_try"),
    path("presets/<uuid:uid>/forecast/", forecasting.preset_forecast, name="preset_forecast"),
    # Operation
    path("stuck/", operation.stuck, name="stuck"),
    path("stuck/enqueue/", operation.stuck_enqueue, name="stuck_enqueue"),
    path("stuck/<uuid:uid>/look/", operation.stuck_look, name="stuck_look"),
    path("stuck/<uuid:uid>/resubmit/", operation.stuck_resubmit, name="stuck_resubmit"),
]
