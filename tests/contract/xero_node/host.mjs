/*
 * Points xero-node at another host, and changes nothing else in it.
 *
 * It writes Xero's addresses into its code: those that axios calls are turned round on their way out, and
 * the OpenID client is told another issuer to ask, whose own answer names all other addresses.
 */
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const inside = createRequire(require.resolve("xero-node"));
const XERO = /^https:\/\/(api|identity)\.xero\.com/;

export function pointAt(url) {
  inside("axios").interceptors.request.use((config) => ({ ...config, url: config.url.replace(XERO, url) }));
  const { Issuer } = inside("openid-client");
  const discover = Issuer.discover.bind(Issuer);
  Issuer.discover = (address) => discover(address.replace(XERO, url));
}
