package table

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"firmament.example/sandbox/fakes/internal/reconcile"
)

func object() *unstructured.Unstructured {
	o := &unstructured.Unstructured{Object: map[string]any{}}
	o.SetGeneration(3)
	return o
}

func first(t *testing.T, o *unstructured.Unstructured) map[string]any {
	t.Helper()
	conditions, _, _ := unstructured.NestedSlice(o.Object, "status", "conditions")
	if len(conditions) == 0 {
		t.Fatal("no conditions")
	}
	return conditions[0].(map[string]any)
}

func TestAnObjectGetsWhatItsTableSays(t *testing.T) {
	kind := Kind{
		APIVersion: "example.com/v1", Kind: "Thing", ObservedGeneration: "conditions",
		Conditions: []Condition{{Type: "Ready", Reason: "Done"}, {Type: "Degraded", Status: "False", Reason: "Done", Message: "fine"}},
		Fields:     map[string]string{"status.phase": "Deployed"},
	}
	o := object()
	kind.settle(o)
	if !reconcile.HasCondition(o, "Ready") || reconcile.HasCondition(o, "Degraded") {
		t.Errorf("conditions: %v", o.Object["status"])
	}
	if got := first(t, o)["observedGeneration"]; got != int64(3) {
		t.Errorf("observedGeneration of the condition: %v, want 3", got)
	}
	if got := reconcile.String(o, "status", "phase"); got != "Deployed" {
		t.Errorf("status.phase: %q", got)
	}
	if _, found, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration"); found {
		t.Error("the status got a generation that the table does not ask for")
	}
}

func TestTheGenerationIsWrittenWhereTheTableSays(t *testing.T) {
	o := object()
	Kind{ObservedGeneration: "status", Conditions: []Condition{{Type: "Ready", Reason: "Done"}}}.settle(o)
	if got, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration"); got != 3 {
		t.Errorf("status.observedGeneration: %d, want 3", got)
	}
	if _, found := first(t, o)["observedGeneration"]; found {
		t.Error("the condition got a generation that the table does not ask for")
	}
}

func TestAnInstallationThatRunsAgainDoesNotGoBack(t *testing.T) {
	kind := Kind{Meanwhile: map[string]string{"status.phase": "Deploying"}, Fields: map[string]string{"status.phase": "Deployed"}}
	o := object()
	kind.begin(o)
	if got := reconcile.String(o, "status", "phase"); got != "Deploying" {
		t.Errorf("before: %q", got)
	}
	kind.settle(o)
	kind.begin(o)
	if got := reconcile.String(o, "status", "phase"); got != "Deployed" {
		t.Errorf("after: %q", got)
	}
}

func TestATableThatCannotBeIsRefused(t *testing.T) {
	for text, kind := range map[string]Kind{
		"a kind":                   {APIVersion: "example.com/v1"},
		"an apiVersion":            {APIVersion: "a/b/c", Kind: "Thing"},
		"a field of the status":    {APIVersion: "example.com/v1", Kind: "Thing", Fields: map[string]string{"spec.replicas": "1"}},
		"must be status or condit": {APIVersion: "example.com/v1", Kind: "Thing", ObservedGeneration: "metadata"},
	} {
		if err := kind.Check(); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%+v: %v, want %q", kind, err, text)
		}
	}
	if err := (Kind{APIVersion: "example.com/v1", Kind: "Thing", Fields: map[string]string{"status.phase": "x"}}).Check(); err != nil {
		t.Error(err)
	}
}
