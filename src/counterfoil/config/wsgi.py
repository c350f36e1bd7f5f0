"""The web application, as the web server loads it."""

import os

from django.core.wsgi import get_wsgi_application

from counterfoil.config.processes import end_with_parent

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "counterfoil.config.settings")
end_with_parent()
application = get_wsgi_application()
