"""Lists the paths of imports in the API."""

from django.urls import path

from campaigns.api import imports

urlpatterns = [
    path("api/v1/campaigns/<str:module>/imports", imports.ImportUpload.as_view()),
    path("api/v1/imports/<uuid:id>", imports.ImportDetail.as_view()),
    path("api/v1/imports/<uuid:id>/rejections", imports.ImportRejections.as_view()),
    path("api/v1/imports/<uuid:id>/undo", imports.ImportUndo.as_view()),
    path("api/v1/imports/<uuid:id>/cancel", imports.ImportCancel.as_view()),
]
