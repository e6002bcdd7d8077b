package control

import (
	"encoding/json"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"

	"firmament.example/sandbox/fakes/internal/ports"
	"firmament.example/sandbox/fakes/internal/talos"
)

func TestScenariosAreAskedForByName(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	from := min(free.Addr().(*net.TCPAddr).Port, 65500) //nolint:forcetypeassert
	_ = free.Close()
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	allocator, err := ports.Open(dir, from, from+30)
	if err != nil {
		t.Fatal(err)
	}
	fleet, err := talos.Start(talos.Options{StateDir: dir, Machines: []string{"cp-1"}, Ports: allocator, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fleet.Stop)
	server, err := Start(Options{Fleet: fleet, ChartsDir: dir, Stop: func() {}, Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Close)
	call := func(method, path, body string) *http.Response {
		t.Helper()
		request, err := http.NewRequestWithContext(t.Context(), method, "http://"+server.control.Addr+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Authorization", "Bearer "+server.token)
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = response.Body.Close() })
		return response
	}
	var known []talos.Scenario
	if err := json.NewDecoder(call("GET", "/scenarios", "").Body).Decode(&known); err != nil || len(known) != len(talos.Scenarios()) {
		t.Fatalf("%d scenarios: %v", len(known), err)
	}
	for _, s := range known {
		if got := call("POST", "/machines/cp-1/scenarios", `{"name": "`+s.Name+`", "seconds": 60}`); got.StatusCode != http.StatusNoContent {
			t.Errorf("%s: %s", s.Name, got.Status)
		}
	}
	if got := call("DELETE", "/machines/cp-1/faults", ""); got.StatusCode != http.StatusNoContent {
		t.Errorf("clear: %s", got.Status)
	}
	for body, want := range map[string]int{`{"name": "nonsense"}`: http.StatusBadRequest, `{"nom": "x"}`: http.StatusBadRequest} {
		if got := call("POST", "/machines/cp-1/scenarios", body); got.StatusCode != want {
			t.Errorf("%s: %s", body, got.Status)
		}
	}
	if got := call("POST", "/machines/nobody/scenarios", `{"name": "low-memory"}`); got.StatusCode != http.StatusNotFound {
		t.Errorf("nobody: %s", got.Status)
	}
}
