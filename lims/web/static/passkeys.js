// Passkeys: asks the device, and puts its answer into the form, which is then sent like any other.

const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

// By hand: older browsers have neither parse…OptionsFromJSON nor toJSON, and some password managers no toJSON.
const keys = (list) => (list ?? []).map((key) => ({ ...key, id: bytes(key.id) }));
const toAsk = (options) => ({ ...options, challenge: bytes(options.challenge), allowCredentials: keys(options.allowCredentials) });
const toMake = (options) => ({
  ...options,
  challenge: bytes(options.challenge),
  user: { ...options.user, id: bytes(options.user.id) },
  excludeCredentials: keys(options.excludeCredentials),
});

function answerOf(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "authenticatorData", "signature", "userHandle", "attestationObject"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment ?? undefined,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  });
}

async function ask(form, address) {
  const asked = await fetch(address, { method: "POST", body: new FormData(form), headers: { Accept: "application/json" } });
  const question = await asked.json();
  if (!asked.ok) throw new Refused(question.problems.map((problem) => problem.text).join(" "));
  const credential = "user" in question.options
    ? await navigator.credentials.create({ publicKey: toMake(question.options) })
    : await navigator.credentials.get({ publicKey: toAsk(question.options) });
  form.elements.namedItem("token").value = question.token;
  form.elements.namedItem("answer").value = answerOf(credential);
}

class Refused extends Error {}

function tell(form, sentence) {
  const told = form.querySelector("[data-told]");
  told.textContent = sentence;
  told.hidden = !sentence;
}

for (const form of document.querySelectorAll("[data-passkey]")) {
  if (!window.PublicKeyCredential) {
    document.querySelector("[data-no-passkeys]")?.removeAttribute("hidden");
    continue;
  }
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    if (form.elements.namedItem("answer").value) return;
    event.preventDefault();
    tell(form, "");
    const button = form.querySelector("button");
    button.disabled = true;
    try {
      await ask(form, form.dataset.passkey);
    } catch (error) {
      // Whoever cancels sees the same as whose device does not answer: browsers do not tell them apart.
      tell(form, error instanceof Refused ? error.message : form.dataset.failed);
      return;
    } finally {
      button.disabled = false;
    }
    form.submit();
  });
}

// In a form that can do without: its other fields stay as they are, and the answer takes the place of the password.
for (const button of document.querySelectorAll("button[data-passkey-confirm]")) {
  if (!window.PublicKeyCredential) continue;
  const { form } = button;
  button.hidden = false;
  button.addEventListener("click", async () => {
    tell(form, "");
    button.disabled = true;
    try {
      await ask(form, button.dataset.passkeyConfirm);
    } catch (error) {
      tell(form, error instanceof Refused ? error.message : button.closest("[data-passkey-failed]").dataset.passkeyFailed);
      return;
    } finally {
      button.disabled = false;
    }
    form.submit();
  });
}
