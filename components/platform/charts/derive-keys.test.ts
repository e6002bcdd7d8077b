import * as assert from "node:assert/strict";
import { deriveKeys } from "./derive-keys";

const chart = (files: Readonly<Record<string, string>>) => deriveKeys(new Map(Object.entries(files)));

describe("the keys of a chart's values", () => {
  it("are those of values.yaml: any below what is empty or null, none below a value", () => {
    const values = "image: { tag: v1 }\nresources: {}\nnode:\nports: [80]\n";
    assert.deepEqual(chart({ "values.yaml": values }), {
      image: { tag: "value" },
      resources: "any",
      node: "any",
      ports: "value",
    });
  });

  it("are also those that only templates read, whatever they are", () => {
    const template = `
      {{- if .Values.devices }}devices: {{ join " " .Values.devices }}{{ end }}
      {{- if ((.Values.a).b).c }}{{ end }}
      {{- with index $.Values.labels "example.com/role" }}{{ . }}{{ end }}
      {{- /* .Values.comment */}} not.Values.text`;
    assert.deepEqual(chart({ "values.yaml": "labels: { app: web }\n", "templates/a.yaml": template }), {
      labels: { app: "value", "example.com/role": "any" },
      devices: "any",
      a: { b: { c: "any" } },
    });
  });

  it("are any in a map that is handed on as a whole, and its own where it is only asked for", () => {
    const values = "pod: { security: { runAsUser: 1 } }\nmetrics: { port: 1 }\n";
    const template = "{{ toYaml .Values.pod.security }}{{ if .Values.metrics }}{{ .Values.metrics.port }}{{ end }}";
    assert.deepEqual(chart({ "values.yaml": values, "templates/a.yaml": template }), {
      pod: { security: "any" },
      metrics: { port: "any" },
    });
  });

  it("are those of a schema: closed where it allows no other, whatever templates do", () => {
    const schema = {
      properties: {
        agent: { $ref: "#/$defs/agent" },
        extra: { type: "object" },
        count: { type: "integer" },
      },
      $defs: { agent: { type: "object", properties: { port: { type: "integer" } }, additionalProperties: false } },
    };
    const files = {
      "values.yaml": "agent: { port: 1 }\nname: x\n",
      "values.schema.json": JSON.stringify(schema),
      "templates/a.yaml": "{{ toYaml .Values.agent }}",
    };
    assert.deepEqual(chart(files), { agent: { port: "value" }, name: "value", extra: "any", count: "value" });
  });

  it("are those of its dependencies below their names, with what switches them", () => {
    const dependencies = "dependencies: [{ name: crds, condition: crds.enabled }, { name: far, alias: near }]\n";
    const files = { "Chart.yaml": dependencies, "values.yaml": "a: 1\n", "charts/crds/values.yaml": "keep: true\n" };
    assert.deepEqual(chart(files), {
      a: "value",
      global: "any",
      crds: { keep: "value", global: "any", enabled: "value" },
      near: "any",
    });
  });
});
