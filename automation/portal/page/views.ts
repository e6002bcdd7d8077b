import { html, nothing, type TemplateResult } from "lit-html";
import { state } from "./state.js";
import type { ClusterState, ProblemDetails } from "./wire.js";

export type View = TemplateResult | typeof nothing;

const STATES: Readonly<Record<ClusterState, string>> = {
  creating: "Creating",
  resizing: "Resizing",
  deleting: "Deleting",
  ready: "Ready",
  failed: "Failed",
  "not-deployed": "Not deployed",
};

/** A state in words; its colour says nothing more. */
export function badge(of: ClusterState): View {
  return html`<span class="badge ${of}">${STATES[of]}</span>`;
}

/** What a request was refused with, every part of it. Read out at once. */
export function problemBox(problem: ProblemDetails | undefined = state.problem): View {
  return html`<div role="alert">
    ${
      problem === undefined
        ? nothing
        : html`<div class="problem">
            <p><strong>${problem.title}</strong></p>
            ${
              problem.problems === undefined
                ? nothing
                : html`<ul>
                    ${problem.problems.map(
                      ({ where, given, rule, fix }) => html`<li><code>${where}</code>: ${given} — ${rule}; ${fix}</li>`,
                    )}
                  </ul>`
            }
          </div>`
    }
  </div>`;
}

export function loading(): View {
  return html`<p class="quiet" role="status">Loading…</p>`;
}

/** Heading of a page, to which the focus goes when the page changes. */
export function heading(text: string): View {
  return html`<h1 tabindex="-1">${text}</h1>`;
}
