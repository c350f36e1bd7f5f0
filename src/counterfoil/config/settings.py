"""Django settings, read once from the environment. `.env.example` has a sentence for each name."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

from counterfoil.config.database import database_settings
from counterfoil.config.environment import (
    read_address,
    read_flag,
    read_keys,
    read_list,
    read_networks,
    read_number,
    read_text,
)
from counterfoil.config.home import find_home, read_or_make_keys
from counterfoil.config.logs import configure_logs
from counterfoil.config.mail import read_mail

COUNTERFOIL_HOME = find_home()
_keys = read_or_make_keys(COUNTERFOIL_HOME)

DEBUG = read_flag("COUNTERFOIL_DEBUG", default=False)
SECRET_KEY = read_text("COUNTERFOIL_SECRET_KEY", _keys["signing"])
# The first key encrypts, every key decrypts: put a new one in front to rotate.
COUNTERFOIL_ENCRYPTION_KEYS = read_keys("COUNTERFOIL_ENCRYPTION_KEYS") or _keys["encryption"].split(",")

# -- Where things are ----------------------------------------------------------------------
COUNTERFOIL_URL = read_address("COUNTERFOIL_URL", "http://localhost:8000")
XERO_LOGIN_URL = read_address("XERO_LOGIN_URL", "https://login.xero.com")
XERO_IDENTITY_URL = read_address("XERO_IDENTITY_URL", "https://identity.xero.com")
XERO_API_URL = read_address("XERO_API_URL", "https://api.xero.com")
XERO_WEB_URL = read_address("XERO_WEB_URL", "https://go.xero.com")
XERO_CLIENT_ID = read_text("XERO_CLIENT_ID")
XERO_CLIENT_SECRET = read_text("XERO_CLIENT_SECRET")
XERO_WEBHOOK_KEY = read_text("XERO_WEBHOOK_KEY")

# -- Who carries reminders ------------------------------------------------------------------
COUNTERFOIL_TWILIO_URL = read_address("COUNTERFOIL_TWILIO_URL", "https://api.twilio.com")
COUNTERFOIL_VONAGE_URL = read_address("COUNTERFOIL_VONAGE_URL", "https://rest.nexmo.com")
# Networks of our own in which a phone or a mail server may stand.
COUNTERFOIL_SENDERS_ALLOWED = read_networks("COUNTERFOIL_SENDERS_ALLOWED")

# -- The rhythm of the sync ----------------------------------------------------------------
# None: each organisation at the interval that fits its Xero plan; see `domain/rhythm.py`.
_delta_seconds = read_number("COUNTERFOIL_DELTA_SECONDS", 0, at_least=5)
COUNTERFOIL_DELTA_EVERY = timedelta(seconds=_delta_seconds) if _delta_seconds else None

# -- How long things are kept --------------------------------------------------------------
# In days, 0 for as long as the firm; what each one holds is in `features/operating/retaining.py`.
COUNTERFOIL_KEPT_DAYS = {
    # Xero itself keeps what it could not deliver for 31 days.
    "webhooks": read_number("COUNTERFOIL_WEBHOOK_DAYS", 31, at_least=1),
    "events": read_number("COUNTERFOIL_EVENT_DAYS", 31, at_least=1),
    "answers": read_number("COUNTERFOIL_ANSWER_DAYS", 7, at_least=1),
    "runs": read_number("COUNTERFOIL_RUN_DAYS", 90),
    "audit": read_number("COUNTERFOIL_AUDIT_DAYS", 0),
    # Each holds the whole firm once more.
    "exports": read_number("COUNTERFOIL_EXPORT_DAYS", 3, at_least=1),
}
COUNTERFOIL_WEBHOOKS_KEPT = timedelta(days=COUNTERFOIL_KEPT_DAYS["webhooks"])

# -- Programs ------------------------------------------------------------------------------
COUNTERFOIL_EVENTS_ALLOWED = read_networks("COUNTERFOIL_EVENTS_ALLOWED")
COUNTERFOIL_API_MINUTE_CALLS = read_number("COUNTERFOIL_API_MINUTE_CALLS", 300, at_least=1)

# Who asks for the numbers of /metrics sends it; without it they are for this machine alone.
COUNTERFOIL_METRICS_TOKEN = read_text("COUNTERFOIL_METRICS_TOKEN")

# -- The demo signs its visitor in; nothing else sets this ----------------------------------
COUNTERFOIL_DEMO = read_flag("COUNTERFOIL_DEMO", default=False)

_host = urlsplit(COUNTERFOIL_URL).hostname or "localhost"
ALLOWED_HOSTS = sorted({_host, "localhost", "127.0.0.1", *read_list("COUNTERFOIL_HOSTS")})
CSRF_TRUSTED_ORIGINS = [COUNTERFOIL_URL]
_secure = COUNTERFOIL_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _secure
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _secure else None
SECURE_HSTS_SECONDS = 31_536_000 if _secure else 0
SESSION_COOKIE_SAMESITE = "Lax"  # the answer of Xero's consent page is a navigation from elsewhere
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "counterfoil.web.views.errors.show_csrf"

DATABASES = {"default": database_settings(COUNTERFOIL_HOME)}
# In the database, so that limits on signing in hold over all processes and machines.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "counterfoil_cache"}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "django_htmx",
    "procrastinate.contrib.django",
    "counterfoil.mirror",
    "counterfoil.features.workspaces",
    "counterfoil.features.access",
    "counterfoil.features.helping",
    "counterfoil.features.webhooks",
    "counterfoil.features.connections",
    "counterfoil.features.outbox",
    "counterfoil.features.announcing",
    "counterfoil.features.clients",
    "counterfoil.features.spending",
    "counterfoil.features.invoicing",
    "counterfoil.features.billing",
    "counterfoil.features.reminding",
    "counterfoil.features.recharging",
    "counterfoil.features.two_way",
    "counterfoil.features.reports",
    "counterfoil.features.migrating",
    "counterfoil.features.importing",
    "counterfoil.features.lists",
    "counterfoil.features.publishing",
    "counterfoil.features.moving",
    "counterfoil.features.operating",
    "counterfoil.web",
    "counterfoil.web.xero_sign_in.apps.XeroSignInConfig",
]

MIDDLEWARE = [
    "counterfoil.web.watching.WatchingMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "counterfoil.web.middleware.PolicyMiddleware",
    "counterfoil.web.middleware.WebhookMiddleware",
    "counterfoil.api.middleware.ApiMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "counterfoil.web.middleware.DemoSignInMiddleware",
    "counterfoil.web.middleware.WorkspaceMiddleware",
]

ROOT_URLCONF = "counterfoil.config.urls"
WSGI_APPLICATION = "counterfoil.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent.parent / "web" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "counterfoil.web.context.frame",
            ]
        },
    }
]
FORM_RENDERER = "django.forms.renderers.DjangoTemplates"

# -- People --------------------------------------------------------------------------------
AUTH_USER_MODEL = "workspaces.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
_mail = read_mail()
COUNTERFOIL_HAS_MAIL = bool(_mail.host)
# Without a mail server nobody can be asked to prove an address: docs/people-and-roles.md.
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if COUNTERFOIL_HAS_MAIL else "none"
ACCOUNT_EMAIL_NOTIFICATIONS = COUNTERFOIL_HAS_MAIL
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Counterfoil: "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if _secure else "http"
ACCOUNT_ADAPTER = "counterfoil.web.accounts.AccountAdapter"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {
    "add_email": "counterfoil.web.forms.NewAddressForm",
    "change_password": "counterfoil.web.forms.NewPasswordForm",
    "login": "counterfoil.web.forms.SignInForm",
    "reauthenticate": "counterfoil.web.forms.PasswordAgainForm",
    "reset_password": "counterfoil.web.forms.ForgottenForm",
    "reset_password_from_key": "counterfoil.web.forms.PasswordByLetterForm",
    "set_password": "counterfoil.web.forms.FirstPasswordForm",
    "signup": "counterfoil.web.forms.SignUpForm",
}
SOCIALACCOUNT_ADAPTER = "counterfoil.web.xero_sign_in.adapter.SocialAccountAdapter"
SOCIALACCOUNT_FORMS = {"signup": "counterfoil.web.forms.XeroSignUpForm"}
SOCIALACCOUNT_AUTO_SIGNUP = False  # a new person is asked for the name of their firm
MFA_ADAPTER = "counterfoil.web.accounts.MFAAdapter"
MFA_FORMS = {
    "activate_totp": "counterfoil.web.forms.NewAppForm",
    "authenticate": "counterfoil.web.forms.CodeForm",
    "reauthenticate": "counterfoil.web.forms.CodeOnceMoreForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = not COUNTERFOIL_HAS_MAIL  # else nobody there could have a second factor
MFA_TOTP_ISSUER = "Counterfoil"
MFA_TOTP_TOLERANCE = 1  # periods of half a minute: phones' clocks differ, and typing takes time
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _secure  # browsers allow it on localhost alone
# How many proxies of yours stand in front: the limits on signing in count by the caller's address.
ALLAUTH_TRUSTED_PROXY_COUNT = read_number("COUNTERFOIL_PROXIES", 0)
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_PREVENT_ENUMERATION = True
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
EMAIL_BACKEND = _mail.backend
EMAIL_FILE_PATH = COUNTERFOIL_HOME / "letters"  # where letters lie that no server carries
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.use_tls, _mail.use_ssl
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = _mail.sender or "counterfoil@localhost"

# -- Words and numbers ---------------------------------------------------------------------
LANGUAGE_CODE = "en-gb"
LANGUAGES = [("en-gb", "English")]  # what the pages are written in; half a translation is worse than none
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = True  # nothing to collect: the styles and scripts lie in the package
WHITENOISE_MAX_AGE = 0 if DEBUG else 3600

# -- What the processes say ----------------------------------------------------------------
LOGGING_CONFIG = None
configure_logs(debug=DEBUG, as_json=read_flag("COUNTERFOIL_LOG_JSON", default=False))
PROCRASTINATE_ON_APP_READY = "counterfoil.config.jobs.prepare"
