/* The journey of tests/contract/test_official_sdk.py, with the SDK for Node. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import xeroNode from "xero-node";

import { pointAt } from "./host.mjs";
import { startSandbox } from "./sandbox.mjs";

const { XeroClient } = xeroNode;
const REDIRECT = "http://localhost:8000/admin/xero_integration/connect";
const SCOPES = [
  "openid", "profile", "email", "offline_access", "accounting.invoices", "accounting.payments",
  "accounting.banktransactions", "accounting.manualjournals", "accounting.contacts", "accounting.settings",
  "accounting.attachments", "accounting.reports.trialbalance.read", "accounting.reports.profitandloss.read",
  "accounting.reports.balancesheet.read", "accounting.reports.aged.read",
];
const none = undefined;

let sandbox, xero, api, tenant;

before(async () => {
  sandbox = await startSandbox();
  pointAt(sandbox.url);
  xero = new XeroClient({
    clientId: "COUNTERFOILDEMO0000000000000000000",
    clientSecret: "counterfoil-demo-secret",
    redirectUris: [REDIRECT],
    scopes: SCOPES,
    state: "opaque",
  });
  await xero.initialize();
  api = xero.accountingApi;
  api.basePath = `${sandbox.url}/api.xro/2.0`;
});

after(() => sandbox.stop());

describe("connecting", () => {
  test("consent gives tokens whose id token the SDK verifies", async () => {
    const [{ tenantId }] = await sandbox.organisations();
    const page = new URL(await xero.buildConsentUrl());

    const allowed = await fetch(page, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ action: "allow", tenant: tenantId }),
    });
    const tokens = await xero.apiCallback(allowed.headers.get("location"));

    assert.equal(tokens.claims().email, "robin@brightwater.example");
    assert.deepEqual(tokens.scope.split(" "), SCOPES);
  });

  test("connections are listed with their organisations, and tokens are renewed", async () => {
    const [connection] = await xero.updateTenants();
    const before = xero.readTokenSet().refresh_token;
    const renewed = await xero.refreshToken();

    tenant = connection.tenantId;
    assert.equal(connection.tenantName, "Brightwater Studio Ltd");
    assert.equal(connection.orgData.organisationID, tenant);
    assert.notEqual(renewed.refresh_token, before);
  });
});

describe("reading", () => {
  const since = (moment) => new Date(moment);
  // Each list as it is read whole, and by its changes where Xero has that.
  const lists = {
    accounts: [() => api.getAccounts(tenant), (from) => api.getAccounts(tenant, from)],
    bankTransactions: [
      () => api.getBankTransactions(tenant, none, none, none, 1, none, 500),
      (from) => api.getBankTransactions(tenant, from),
    ],
    batchPayments: [() => api.getBatchPayments(tenant), (from) => api.getBatchPayments(tenant, from)],
    brandingThemes: [() => api.getBrandingThemes(tenant)],
    contactGroups: [() => api.getContactGroups(tenant)],
    contacts: [
      () => api.getContacts(tenant, none, none, none, none, 1, true, none, none, 500),
      (from) => api.getContacts(tenant, from),
    ],
    creditNotes: [
      () => api.getCreditNotes(tenant, none, none, none, 1, none, 500),
      (from) => api.getCreditNotes(tenant, from),
    ],
    currencies: [() => api.getCurrencies(tenant)],
    invoices: [
      () => api.getInvoices(tenant, none, none, none, none, none, none, none, 1, none, none, none, none, 500),
      (from) => api.getInvoices(tenant, from),
    ],
    items: [() => api.getItems(tenant), (from) => api.getItems(tenant, from)],
    linkedTransactions: [() => api.getLinkedTransactions(tenant, 1)],
    manualJournals: [
      () => api.getManualJournals(tenant, none, none, none, 1, 500),
      (from) => api.getManualJournals(tenant, from),
    ],
    organisations: [() => api.getOrganisations(tenant)],
    overpayments: [
      () => api.getOverpayments(tenant, none, none, none, 1, none, 500),
      (from) => api.getOverpayments(tenant, from),
    ],
    payments: [
      () => api.getPayments(tenant, none, none, none, 1, 500),
      (from) => api.getPayments(tenant, from),
    ],
    prepayments: [
      () => api.getPrepayments(tenant, none, none, none, 1, none, 500),
      (from) => api.getPrepayments(tenant, from),
    ],
    repeatingInvoices: [() => api.getRepeatingInvoices(tenant)],
    taxRates: [() => api.getTaxRates(tenant)],
    trackingCategories: [() => api.getTrackingCategories(tenant, none, none, true)],
    users: [() => api.getUsers(tenant), (from) => api.getUsers(tenant, from)],
  };

  for (const [name, [whole, changed]] of Object.entries(lists)) {
    test(`${name} whole${changed ? " and by their changes" : ""}`, async () => {
      const endpoint = name === "organisations" ? "Organisation" : name[0].toUpperCase() + name.slice(1);
      const expected = await sandbox.count(tenant, endpoint);

      const { body } = await whole();

      assert.ok(expected > 0);
      assert.equal(body[name].length, expected);
      if (changed) {
        assert.equal((await changed(since("2099-01-01"))).body[name].length, 0);
        assert.ok((await changed(since("2001-01-01"))).body[name].length > 0);
      }
    });
  }

  test("pages are walked to the end", async () => {
    const seen = new Set();
    for (let page = 1, pages = 1; page <= pages; page += 1) {
      const { body } = await api.getInvoices(
        tenant, none, none, none, none, none, none, none, page, none, none, none, none, 50,
      );
      pages = body.pagination.pageCount;
      body.invoices.forEach((invoice) => seen.add(invoice.invoiceID));
    }

    assert.equal(seen.size, await sandbox.count(tenant, "Invoices"));
  });

  test("a report", async () => {
    const { body } = await api.getReportTrialBalance(tenant);

    assert.equal(body.reports[0].reportName, "Trial Balance");
    assert.ok(body.reports[0].rows.length > 2);
  });
});

describe("writing", () => {
  const line = { description: "Design", quantity: 2, unitAmount: 50, accountCode: "200" };
  const invoice = (more = {}) => ({
    type: "ACCREC",
    contact: { name: "Official Client" },
    lineItems: [line],
    status: "DRAFT",
    ...more,
  });
  const create = async (more) => (await api.createInvoices(tenant, { invoices: [invoice(more)] })).body.invoices[0];
  const update = async (id, fields) => (await api.updateInvoice(tenant, id, { invoices: [fields] })).body.invoices[0];
  const read = async (id) => (await api.getInvoice(tenant, id)).body.invoices[0];
  const bank = async () => {
    const { body } = await api.getAccounts(tenant, none, 'Type=="BANK" AND Code=="090"');
    return { accountID: body.accounts[0].accountID };
  };

  test("an invoice is created, updated, approved and voided", async () => {
    const made = await create();
    const updated = await update(made.invoiceID, { reference: "PO 1" });
    const approved = await update(made.invoiceID, { status: "AUTHORISED" });
    const voided = await update(made.invoiceID, { status: "VOIDED" });

    assert.deepEqual([made.status, made.total], ["DRAFT", 120]);
    assert.equal(updated.reference, "PO 1");
    assert.deepEqual([approved.status, approved.amountDue], ["AUTHORISED", 120]);
    assert.deepEqual([voided.status, voided.amountDue], ["VOIDED", 0]);
  });

  test("an invoice is paid and the payment deleted", async () => {
    const made = await create({ status: "AUTHORISED" });
    const today = new Date().toISOString().slice(0, 10);
    const payment = { invoice: { invoiceID: made.invoiceID }, account: await bank(), date: today, amount: 120 };
    const { paymentID } = (await api.createPayment(tenant, payment)).body.payments[0];

    assert.equal((await read(made.invoiceID)).status, "PAID");
    const deleted = (await api.deletePayment(tenant, paymentID, { status: "DELETED" })).body.payments[0];

    assert.equal(deleted.status, "DELETED");
    const again = await read(made.invoiceID);
    assert.deepEqual([again.status, again.amountDue], ["AUTHORISED", 120]);
  });

  test("a credit note is allocated", async () => {
    const made = await create({ status: "AUTHORISED" });
    const today = new Date().toISOString().slice(0, 10);
    const note = { type: "ACCRECCREDIT", status: "AUTHORISED", contact: made.contact, date: today, lineItems: [line] };
    const { creditNoteID } = (await api.createCreditNotes(tenant, { creditNotes: [note] })).body.creditNotes[0];
    const allocation = { invoice: { invoiceID: made.invoiceID }, amount: 45, date: today };
    await api.createCreditNoteAllocation(tenant, creditNoteID, { allocations: [allocation] });

    const credited = await read(made.invoiceID);
    assert.deepEqual([credited.amountCredited, credited.amountDue], [45, 75]);
    assert.equal((await api.getCreditNote(tenant, creditNoteID)).body.creditNotes[0].remainingCredit, 75);
  });

  test("an attachment goes up and comes down", async () => {
    const { invoiceID } = await create();
    const content = Buffer.from([0x25, 0x50, 0x44, 0x46, 0x00, 0xff]);
    await api.createInvoiceAttachmentByFileName(tenant, invoiceID, "receipt.pdf", content, true, none, {
      headers: { "Content-Type": "application/pdf" },
    });

    const [listed] = (await api.getInvoiceAttachments(tenant, invoiceID)).body.attachments;
    assert.deepEqual([listed.fileName, listed.contentLength], ["receipt.pdf", content.length]);
    const { body } = await api.getInvoiceAttachmentByFileName(tenant, invoiceID, "receipt.pdf", "application/pdf");
    assert.deepEqual(Buffer.from(body), content);
  });

  test("history is read and written", async () => {
    const { invoiceID } = await create();
    await api.createInvoiceHistory(tenant, invoiceID, { historyRecords: [{ details: "Sent by post" }] });

    const { body } = await api.getInvoiceHistory(tenant, invoiceID);
    assert.ok(body.historyRecords.some((record) => record.details === "Sent by post"));
    assert.ok(body.historyRecords.length >= 2);
  });

  test("a contact joins a group and leaves it", async () => {
    const { contact } = await create();
    const contacts = { contacts: [{ contactID: contact.contactID }] };
    const groups = { contactGroups: [{ name: "Made with Node" }] };
    const { contactGroupID } = (await api.createContactGroup(tenant, groups)).body.contactGroups[0];
    await api.createContactGroupContacts(tenant, contactGroupID, contacts);
    const members = async () => (await api.getContactGroup(tenant, contactGroupID)).body.contactGroups[0].contacts;

    assert.deepEqual((await members()).map((member) => member.contactID), [contact.contactID]);
    await api.deleteContactGroupContact(tenant, contactGroupID, contact.contactID);
    assert.equal((await members()).length, 0);
  });

  test("one bad element spoils a batch, or only itself", async () => {
    const batch = { invoices: [invoice({ reference: "good" }), invoice({ lineItems: [], status: "AUTHORISED" })] };
    const count = await sandbox.count(tenant, "Invoices");

    const refused = await api.createInvoices(tenant, batch, true).then(
      () => assert.fail("was taken"),
      (error) => JSON.parse(error),
    );
    assert.equal(refused.response.statusCode, 400);
    assert.equal(refused.response.body.Type, "ValidationException");
    assert.equal(await sandbox.count(tenant, "Invoices"), count);

    const { body } = await api.createInvoices(tenant, batch, false);
    assert.deepEqual(body.invoices.map((made) => made.hasErrors), [false, true]);
    assert.equal(body.invoices[1].validationErrors[0].message, "One or more line items must be specified");
    assert.equal(await sandbox.count(tenant, "Invoices"), count + 1);
  });
});

describe("leaving", () => {
  test("a revoked token set leads nowhere", async () => {
    await xero.revokeToken();

    await assert.rejects(api.getOrganisations(tenant), (error) => JSON.parse(error).response.statusCode === 401);
  });
});
