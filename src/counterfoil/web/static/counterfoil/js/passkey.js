// The button that signs in with a passkey; allauth's own script asks the browser for it.
allauth.webauthn.forms.loginForm({ ids: { login: "passkey_login", credential: "mfa_credential" } });
