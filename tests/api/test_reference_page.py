"""The API reference leads back to the admin, and folds the schemas."""


def test_the_reference_leads_back_to_the_dashboard(client):
    assert '<a href="/admin/"' in client.get("/api/docs/").content.decode()


def test_the_schemas_are_folded(client):
    assert '"defaultModelsExpandDepth": 0' in client.get("/api/docs/?script=").content.decode()
