import { html, nothing } from "lit-html";
import { ask } from "./api.js";
import { attempt, change, load, state } from "./state.js";
import { heading, problemBox, type View } from "./views.js";
import type { Session } from "./wire.js";

/** Why a login at the issuer was refused. A link can only choose among these, and say nothing of its own. */
const REFUSED: Readonly<Record<string, string>> = {
  400: "This login was not accepted; begin again, and end it in the same browser",
  403: "You are in no group that may use this portal",
  429: "Too many failed logins; wait a few minutes",
};

/** With a token, or at the issuer. */
export function loginPage(): View {
  const { login, busy, route, problem } = state;
  const refused =
    route.page === "login-refused"
      ? { status: 0, title: REFUSED[route.status] ?? "The issuer does not answer; try again later" }
      : undefined;
  return html`<div class="login">
    ${heading("Log in")} ${problemBox(problem ?? refused)}
    ${login.oidc ? html`<p><a class="button primary block" href="/login">Log in with your company's account</a></p>` : nothing}
    ${
      login.token
        ? html`<form class="card form" @submit=${submit}>
            <label>
              Token
              <input
                name="token"
                type="password"
                required
                autocomplete="current-password"
                aria-describedby="token-help"
              />
              <span class="help" id="token-help">the operators of the cloud give it out</span>
            </label>
            <div class="actions"><button class="primary" ?disabled=${busy}>Log in</button></div>
          </form>`
        : nothing
    }
  </div>`;
}

async function submit(event: SubmitEvent): Promise<void> {
  event.preventDefault();
  const form = event.target as HTMLFormElement;
  const token = new FormData(form).get("token");
  await attempt(async () => {
    const session = await ask<Session>("POST", "/session", { token });
    form.reset();
    if (state.route.page === "login-refused") location.hash = "#/clusters";
    change({ session, notice: `Logged in as ${session.who}` });
    await load(state.route);
  });
}
