"""The desk and the API over a store: ``communique serve`` (docs/api.md). Needs the extra ``communique[serve]``.

::

    from communique.serve.app import create_app
    from communique.serve.settings import Settings

    app = create_app("communique.db", Settings())
"""
