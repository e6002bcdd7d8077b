import { html, nothing } from "lit-html";
import { ask, newKey } from "./api.js";
import { amount, clock, quantityText } from "./format.js";
import { attempt, change, load, state } from "./state.js";
import { badge, heading, loading, problemBox, type View } from "./views.js";
import { watch } from "./watch.js";
import type { Cluster, Job, JobEvent, Pool } from "./wire.js";

const WORKING: ReadonlySet<string> = new Set(["creating", "resizing", "deleting"]);
const DOING = { create: "Creation", resize: "Change of size", delete: "Deletion" } as const;
const STATES = { accepted: "checked", queued: "waits", running: "at work", done: "done", failed: "failed" } as const;

let key = newKey();

/** One cluster: what it is, what happens to it, and what can be done. */
export function clusterPage(id: string): View {
  const { clusters } = state;
  const cluster = clusters?.find((each) => each.id === id);
  if (clusters === undefined) return html`${back()} ${heading(id)} ${problemBox()} ${loading()}`;
  if (cluster === undefined) {
    return html`${back()} ${heading(id)} ${problemBox()}
      <div class="card empty"><p>There is no such cluster${state.job?.kind === "delete" ? " any more" : ""}.</p></div>
      ${progress()}`;
  }
  return html`
    ${back()}
    <div class="head">${heading(cluster.id)} ${badge(cluster.state)}</div>
    ${problemBox()}
    <div class="columns">
      <div>${facts(cluster)} ${pools(cluster)}</div>
      <div>${progress()} ${actions(cluster)}</div>
    </div>
  `;
}

function back(): View {
  return html`<nav aria-label="Breadcrumb" class="crumb"><a href="#/clusters">← Clusters</a></nav>`;
}

function facts({ customer, version, quota, isProtected }: Cluster): View {
  return html`<section class="card" aria-labelledby="facts">
    <h2 id="facts">Cluster</h2>
    <dl>
      <dt>Customer</dt>
      <dd>${customer}</dd>
      <dt>Kubernetes</dt>
      <dd>${version}</dd>
      <dt>Quota</dt>
      <dd>
        ${amount("cpu", quota.cpu)}, ${amount("memory", quota.memory)} memory, ${amount("storage", quota.storage)}
        storage
      </dd>
      <dt>Protection</dt>
      <dd>${isProtected ? "only operators can delete it" : "none"}</dd>
    </dl>
  </section>`;
}

function pools(cluster: Cluster): View {
  return html`<section class="card" aria-labelledby="pools">
    <h2 id="pools">Machines</h2>
    ${cluster.pools.map((pool) => poolForm(cluster, pool))}
  </section>`;
}

function poolForm({ id, state: now }: Cluster, pool: Pool): View {
  const { name, cpus, memory, machines, autoscaledTo } = pool;
  const closed = state.busy || WORKING.has(now) || state.session?.readOnly !== false;
  const what = html`<p>
    <strong>${name}</strong> <span class="quiet">${cpus} vCPU, ${quantityText(memory)} each</span>
  </p>`;
  if (autoscaledTo !== undefined) {
    return html`<div class="pool">
      ${what}
      <p>${machines} to ${autoscaledTo} machines, chosen by the autoscaler</p>
    </div>`;
  }
  return html`<form class="pool" @submit=${(event: SubmitEvent) => resize(event, id, name)}>
    ${what}
    <label>
      Machines of ${name}
      <input
        name="machines"
        type="number"
        min="0"
        max="500"
        required
        .defaultValue=${String(machines)}
        ?disabled=${closed}
      />
    </label>
    <button ?disabled=${closed}>Resize</button>
  </form>`;
}

function progress(): View {
  const { job, events } = state;
  if (job === undefined) return nothing;
  const open = job.state !== "done" && job.state !== "failed";
  const done = events.filter(({ kind }) => kind === "done").length;
  return html`<section class="card" aria-labelledby="progress">
    <h2 id="progress">${DOING[job.kind]}: ${STATES[job.state]}</h2>
    ${open ? html`<progress aria-labelledby="progress"></progress>` : nothing}
    <p role="status">${done === 0 ? nothing : `${done} ${done === 1 ? "resource" : "resources"} done`}</p>
    ${
      job.failure === undefined
        ? nothing
        : html`<div class="problem">
            <p><strong>${job.failure.meaning}</strong> <code>${job.failure.kind}</code></p>
            ${job.failure.message === undefined ? nothing : html`<pre tabindex="0">${job.failure.message}</pre>`}
          </div>`
    }
    <div class="events" tabindex="0" role="log" aria-label="What happens" aria-live="off">
      <ol>
        ${events.map(line)}
      </ol>
    </div>
  </section>`;
}

function line({ at, kind, text }: JobEvent): View {
  const words = { state: "", started: "began", done: "done", failed: "failed", message: "" };
  const shown = kind === "state" ? (STATES[text as keyof typeof STATES] ?? text) : text;
  return html`<li class=${kind}>
    <time datetime=${at}>${clock(at)}</time> <span>${shown}</span> <em>${words[kind]}</em>
  </li>`;
}

function actions({ id, state: now, isProtected }: Cluster): View {
  const reader = state.session?.readOnly !== false;
  const working = WORKING.has(now);
  if (reader) return nothing;
  return html`<section class="card" aria-labelledby="actions">
    <h2 id="actions">Access and end</h2>
    <div class="actions">
      ${
        now === "ready" || now === "resizing"
          ? html`<a class="button primary" href="/api/clusters/${encodeURIComponent(id)}/kubeconfig" download
              >Download kubeconfig</a
            >`
          : nothing
      }
      <button class="danger" ?disabled=${working || isProtected || state.busy} @click=${openDialog}>
        Delete cluster…
      </button>
    </div>
    ${dialog(id)}
  </section>`;
}

function dialog(id: string): View {
  return html`<dialog aria-labelledby="delete-title">
    <form method="dialog" @submit=${(event: SubmitEvent) => remove(event, id)}>
      <h2 id="delete-title">Delete ${id}?</h2>
      <p>Its machines, volumes and everything in them are gone for good.</p>
      <label>
        Type its name to confirm
        <input name="confirm" required autocomplete="off" autofocus />
      </label>
      <div class="actions">
        <button class="danger" value="delete">Delete for good</button>
        <button value="cancel" formnovalidate>Keep it</button>
      </div>
    </form>
  </dialog>`;
}

function openDialog(event: Event): void {
  const { parentElement } = (event.target as HTMLElement).closest(".actions") ?? {};
  parentElement?.querySelector("dialog")?.showModal();
}

async function remove(event: SubmitEvent, id: string): Promise<void> {
  const form = event.target as HTMLFormElement;
  if (event.submitter?.getAttribute("value") !== "delete") return form.reset();
  const typed = new FormData(form).get("confirm");
  form.reset();
  if (typed !== id) {
    change({ problem: { status: 0, title: `${id} stays: another name was typed` } });
    return;
  }
  await begun(() => ask<Job>("DELETE", `/clusters/${encodeURIComponent(id)}`, undefined, key));
}

async function resize(event: SubmitEvent, id: string, pool: string): Promise<void> {
  event.preventDefault();
  const machines = Number(new FormData(event.target as HTMLFormElement).get("machines"));
  const path = `/clusters/${encodeURIComponent(id)}/pools/${encodeURIComponent(pool)}`;
  await begun(() => ask<Job>("PATCH", path, { machines }, key));
}

async function begun(work: () => Promise<Job>): Promise<void> {
  await attempt(async () => {
    const job = await work();
    key = newKey();
    change({ notice: `${job.cluster}: ${job.kind} has begun` });
    await watch(job.id);
    await load(state.route);
  });
}
