// Package control is the HTTP API of the sandbox daemon. It listens on loopback and wants the bearer token of
// control.json, except for the chart repository, which Helm reads without one.
//
//	GET  /status                      [Status]
//	POST /stop                        202; everything is stopped in order, then the daemon ends
//	GET  /machines/{name}             stage, hostname and what is kept of a machine
//	GET  /machines/{name}/calls       RPCs the machine has seen, oldest first ([talos.Call]); ?method=Reset&method=… those alone
//	POST /machines/{name}/faults      [talos.Fault]: {method, code, message, times, delayMs, after}
//	DELETE /machines/{name}/faults    removes all faults and ends all scenarios
//	GET  /scenarios                   [talos.Scenario]: faults that have a name
//	POST /machines/{name}/scenarios   [talos.Trouble]: {name, seconds, times}
//	POST /machines/{name}/power       {"on": true|false}
package control

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"firmament.example/sandbox/fakes/internal/atomicfile"
	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/process"
	"firmament.example/sandbox/fakes/internal/talos"
)

// Status is what GET /status answers.
type Status struct {
	// Phase is running, or stopping.
	Phase    string          `json:"phase"`
	Machines []MachineStatus `json:"machines"`
	// Endpoint is reserved for the management cluster's API: cluster.controlPlane.endpoint of the machine configurations.
	Endpoint  string                       `json:"endpoint"`
	Charts    string                       `json:"charts"`
	Processes []process.Status             `json:"processes"`
	Clusters  []controlplane.ClusterStatus `json:"clusters"`
	// Problems are the reasons why control planes do not come up, by cluster.
	Problems map[string]string `json:"problems,omitempty"`
}

// MachineStatus is one machine of [Status].
type MachineStatus struct {
	Name     string      `json:"name"`
	Address  string      `json:"address"`
	Endpoint string      `json:"endpoint"`
	Stage    talos.Stage `json:"stage"`
	Hostname string      `json:"hostname"`
}

// Options of a server.
type Options struct {
	Fleet      *talos.Fleet
	Supervisor *process.Supervisor
	Clusters   *controlplane.Registry
	Endpoint   string
	// ChartsDir is served as a chart repository on a port of its own.
	ChartsDir              string
	ControlPort, ChartPort int
	// Stop is called once, when somebody asks for it.
	Stop func()
	Log  *slog.Logger
}

// Server is the running API.
type Server struct {
	opts     Options
	token    string
	control  *http.Server
	charts   *http.Server
	stopping chan struct{}
}

// Info is control.json: how the daemon is found.
type Info struct {
	URL   string `json:"url"`
	Token string `json:"token"`
	PID   int    `json:"pid"`
	// StartTime distinguishes the process from others that had its id; see process.StartTime.
	StartTime string `json:"startTime"`
}

// Start opens both ports.
func Start(opts Options) (*Server, error) {
	var secret [24]byte
	if _, err := rand.Read(secret[:]); err != nil {
		return nil, fmt.Errorf("control token: %w", err)
	}
	s := &Server{opts: opts, token: hex.EncodeToString(secret[:]), stopping: make(chan struct{})}
	s.control = &http.Server{Handler: s.authenticated(s.routes()), ReadHeaderTimeout: 10 * time.Second}
	s.charts = &http.Server{Handler: readOnly(http.FileServer(http.Dir(opts.ChartsDir))), ReadHeaderTimeout: 10 * time.Second}
	if err := s.serve(s.control, opts.ControlPort); err != nil {
		return nil, err
	}
	if err := s.serve(s.charts, opts.ChartPort); err != nil {
		return nil, errors.Join(err, s.control.Close())
	}
	return s, nil
}

func (s *Server) serve(server *http.Server, port int) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	server.Addr = listener.Addr().String()
	go func() {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			s.opts.Log.Error("HTTP server ended", "address", server.Addr, "error", err)
		}
	}()
	return nil
}

// ChartsURL is where the chart repository is.
func (s *Server) ChartsURL() string { return "http://" + s.charts.Addr }

// WriteInfo leaves control.json, by which others know that the daemon is ready.
func (s *Server) WriteInfo(path string) error {
	pid := os.Getpid()
	data, err := json.MarshalIndent(Info{URL: "http://" + s.control.Addr, Token: s.token, PID: pid, StartTime: process.StartTime(pid)}, "", "  ")
	if err != nil {
		return fmt.Errorf("control: %w", err)
	}
	return atomicfile.Write(path, data, 0o600)
}

// Close ends the API.
func (s *Server) Close() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	_ = s.control.Shutdown(ctx)
	_ = s.charts.Close()
}

func (s *Server) routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", s.status)
	mux.HandleFunc("POST /stop", s.stop)
	mux.HandleFunc("GET /machines/{name}", s.machine(func(w http.ResponseWriter, _ *http.Request, m *talos.Machine) {
		answer(w, http.StatusOK, describe(m))
	}))
	mux.HandleFunc("GET /machines/{name}/calls", s.machine(func(w http.ResponseWriter, r *http.Request, m *talos.Machine) {
		answer(w, http.StatusOK, m.Calls(r.URL.Query()["method"]...))
	}))
	mux.HandleFunc("POST /machines/{name}/faults", s.machine(func(w http.ResponseWriter, r *http.Request, m *talos.Machine) {
		var fault talos.Fault
		if !read(w, r, &fault) {
			return
		}
		if err := m.Inject(fault); err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	mux.HandleFunc("DELETE /machines/{name}/faults", s.machine(func(w http.ResponseWriter, _ *http.Request, m *talos.Machine) {
		m.ClearFaults()
		w.WriteHeader(http.StatusNoContent)
	}))
	mux.HandleFunc("GET /scenarios", func(w http.ResponseWriter, _ *http.Request) {
		answer(w, http.StatusOK, talos.Scenarios())
	})
	mux.HandleFunc("POST /machines/{name}/scenarios", s.machine(func(w http.ResponseWriter, r *http.Request, m *talos.Machine) {
		var trouble talos.Trouble
		if !read(w, r, &trouble) {
			return
		}
		if err := m.Begin(trouble); err != nil {
			fail(w, http.StatusBadRequest, err.Error())
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	mux.HandleFunc("POST /machines/{name}/power", s.machine(func(w http.ResponseWriter, r *http.Request, m *talos.Machine) {
		var power struct {
			On bool `json:"on"`
		}
		if !read(w, r, &power) {
			return
		}
		if err := m.Power(power.On); err != nil {
			fail(w, http.StatusInternalServerError, err.Error())
			return
		}
		w.WriteHeader(http.StatusNoContent)
	}))
	return mux
}

func (s *Server) authenticated(next http.Handler) http.Handler {
	want := []byte("Bearer " + s.token)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), want) != 1 {
			fail(w, http.StatusUnauthorized, "bearer token of control.json wanted")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) status(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), 3*time.Second)
	defer cancel()
	out := Status{
		Phase: "running", Endpoint: s.opts.Endpoint, Charts: s.ChartsURL(), Machines: []MachineStatus{},
		Processes: s.opts.Supervisor.List(), Clusters: s.opts.Clusters.Status(ctx), Problems: s.opts.Fleet.Problems(),
	}
	if out.Clusters == nil {
		out.Clusters = []controlplane.ClusterStatus{}
	}
	select {
	case <-s.stopping:
		out.Phase = "stopping"
	default:
	}
	for _, m := range s.opts.Fleet.Machines() {
		out.Machines = append(out.Machines, describe(m))
	}
	answer(w, http.StatusOK, out)
}

func (s *Server) stop(w http.ResponseWriter, _ *http.Request) {
	select {
	case <-s.stopping:
	default:
		close(s.stopping)
		go s.opts.Stop()
	}
	answer(w, http.StatusAccepted, map[string]string{"phase": "stopping"})
}

func describe(m *talos.Machine) MachineStatus {
	return MachineStatus{Name: m.Name, Address: m.Address, Endpoint: m.Endpoint(), Stage: m.Stage(), Hostname: m.Hostname()}
}

func (s *Server) machine(handle func(http.ResponseWriter, *http.Request, *talos.Machine)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		m, ok := s.opts.Fleet.Machine(r.PathValue("name"))
		if !ok {
			fail(w, http.StatusNotFound, fmt.Sprintf("machine %q: none of that name — see GET /status", r.PathValue("name")))
			return
		}
		handle(w, r, m)
	}
}

// readOnly hides directory listings and refuses everything but reading.
func readOnly(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			fail(w, http.StatusMethodNotAllowed, "the chart repository is only read")
			return
		}
		if strings.HasSuffix(r.URL.Path, "/") {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		fail(w, http.StatusBadRequest, err.Error())
		return false
	}
	return true
}

func fail(w http.ResponseWriter, code int, text string) {
	answer(w, code, map[string]string{"error": text})
}

func answer(w http.ResponseWriter, code int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(value)
}
