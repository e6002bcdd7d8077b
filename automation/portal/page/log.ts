import { html } from "lit-html";
import { time } from "./format.js";
import { state } from "./state.js";
import { heading, loading, problemBox, type View } from "./views.js";

/** Who did what. */
export function logPage(): View {
  const { log } = state;
  return html`
    ${heading("Log")} ${problemBox()}
    ${
      log === undefined
        ? loading()
        : html`<div class="card wide" tabindex="0" role="region" aria-label="Log">
            <table>
              <thead>
                <tr>
                  <th scope="col">When</th>
                  <th scope="col">Who</th>
                  <th scope="col">What</th>
                  <th scope="col">Cluster</th>
                  <th scope="col">Outcome</th>
                </tr>
              </thead>
              <tbody>
                ${log.map(
                  ({ at, who, action, subject, outcome }) =>
                    html`<tr>
                      <td><time datetime=${at}>${time(at)}</time></td>
                      <td>${who}</td>
                      <td>${action}</td>
                      <td>${subject === "" ? "–" : subject}</td>
                      <td>${outcome}</td>
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  `;
}
