import { html, nothing, render } from "lit-html";
import { ask, get } from "./api.js";
import { capacityPage } from "./capacity.js";
import { clusterPage } from "./cluster.js";
import { clustersPage } from "./clusters.js";
import { logPage } from "./log.js";
import { loginPage } from "./login.js";
import { newClusterPage } from "./new-cluster.js";
import { attempt, change, load, onChange, routeOf, state, type Route } from "./state.js";
import { loading, type View } from "./views.js";
import { watch } from "./watch.js";
import type { Session } from "./wire.js";

/** Milliseconds after which lists are asked for again. */
const AGAIN = 5000;

const PAGES = [
  { page: "clusters", title: "Clusters" },
  { page: "capacity", title: "Capacity" },
  { page: "log", title: "Log" },
] as const;

const root = document.getElementById("app");

function page(): View {
  const { session, route } = state;
  if (session === undefined) return loading();
  if (session === null) return loginPage();
  if (route.page === "cluster") return clusterPage(route.id);
  if (route.page === "new") return newClusterPage();
  if (route.page === "capacity") return capacityPage();
  if (route.page === "log") return logPage();
  return clustersPage();
}

function shell(): View {
  const { session, route, notice } = state;
  const current = route.page === "cluster" || route.page === "new" ? "clusters" : route.page;
  return html`
    <a class="skip" href="#main" @click=${skip}>Skip to content</a>
    <header>
      <a class="brand" href="#/clusters"><img src="/mark.svg" alt="" width="28" height="28" /> Firmament</a>
      ${
        session == null
          ? nothing
          : html`<nav aria-label="Main">
                ${PAGES.map(
                  (each) =>
                    html`<a href="#/${each.page}" aria-current=${each.page === current ? "page" : nothing}
                      >${each.title}</a
                    >`,
                )}
              </nav>
              <p class="who" title=${session.who}>${session.who}</p>
              <button class="plain" @click=${logout}>Log out</button>`
      }
    </header>
    <main id="main">${page()}</main>
    <div class="notice" role="status" aria-live="polite">${notice}</div>
  `;
}

function skip(event: Event): void {
  event.preventDefault();
  focusHeading();
}

async function logout(): Promise<void> {
  await attempt(async () => {
    await ask("DELETE", "/session");
    await watch(undefined);
    change({ session: null, clusters: undefined, capacity: undefined, log: undefined, offers: undefined });
    change({ notice: "Logged out" });
  });
}

function draw(): void {
  if (root === null) return;
  render(shell(), root);
  const name = state.route.page === "cluster" ? state.route.id : state.route.page;
  document.title = `${state.session === null ? "Log in" : name} · Firmament`;
}

function focusHeading(): void {
  document.querySelector("h1")?.focus();
}

/** Shows a page; those who hear it are told by the focus on its heading. */
async function show(route: Route): Promise<void> {
  change({ route, problem: undefined });
  if (route.page !== "cluster") await watch(undefined);
  if (state.session == null) return;
  await attempt(async () => {
    await load(route);
    await follow();
  });
  requestAnimationFrame(focusHeading);
}

/** Watches the job of the cluster that is shown, once it is known. */
async function follow(): Promise<void> {
  const { route, clusters } = state;
  if (route.page !== "cluster") return;
  const job = clusters?.find(({ id }) => id === route.id)?.job;
  if (job !== undefined) await watch(job);
}

async function start(): Promise<void> {
  onChange(draw);
  draw();
  const [login, session] = await Promise.all([
    get<typeof state.login>("/login-options").catch(() => state.login),
    get<Session>("/session").catch(() => null),
  ]);
  change({ login, session });
  addEventListener("hashchange", () => void show(routeOf(location.hash)));
  await show(routeOf(location.hash));
  setInterval(() => {
    const { session: who, route } = state;
    if (who == null || document.hidden || route.page === "new") return;
    void load(route).then(follow, () => undefined);
  }, AGAIN);
}

void start();
