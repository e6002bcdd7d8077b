import { html, nothing } from "lit-html";
import { ask } from "./api.js";
import { attempt, change, load, state } from "./state.js";
import { heading, problemBox, type View } from "./views.js";
import type { Session } from "./wire.js";

/** With a token, or at the issuer. */
export function loginPage(): View {
  const { login, busy } = state;
  return html`<div class="login">
    ${heading("Log in")} ${problemBox()}
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
    change({ session, notice: `Logged in as ${session.who}` });
    await load(state.route);
  });
}
