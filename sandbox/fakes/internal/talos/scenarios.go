package talos

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	machineapi "github.com/siderolabs/talos/pkg/machinery/api/machine"
	"github.com/siderolabs/talos/pkg/machinery/resources/runtime"
	talostime "github.com/siderolabs/talos/pkg/machinery/resources/time"
)

// Trouble asks a machine for a fault by its name.
type Trouble struct {
	Name string `json:"name"`
	// Seconds it lasts, or that a slow call takes; default 5 where the scenario lasts for a while, else until it is cleared.
	Seconds float64 `json:"seconds"`
	// Times it happens, for scenarios that happen to calls; default 1.
	Times int `json:"times"`
}

func (t Trouble) lasts(otherwise time.Duration) time.Duration {
	if t.Seconds > 0 {
		return time.Duration(t.Seconds * float64(time.Second))
	}
	return otherwise
}

func (t Trouble) times() int {
	if t.Times == 0 {
		return 1
	}
	return t.Times
}

// Scenario is a fault that has a name.
type Scenario struct {
	Name string `json:"name"`
	// What happens, and what a client sees of it.
	Description string `json:"description"`
	Effect      string `json:"effect"`
	// happens to calls
	fault func(Trouble) activeFault
	// begins and ends; both may be missing, where the machine looks whether a scenario is on
	begin, end func(*Machine) error
	// lasting is how long it lasts without a word; 0: until it is cleared
	lasting time.Duration
}

const while = 5 * time.Second

// Scenarios are all faults by name.
func Scenarios() []Scenario { return slices.Clone(scenarios) }

func failing(method, code, message string) func(Trouble) activeFault {
	return func(t Trouble) activeFault {
		return activeFault{Fault: Fault{Method: method, Code: code, Message: message, Times: t.times()}}
	}
}

func lost(method string) func(Trouble) activeFault {
	return func(t Trouble) activeFault {
		return activeFault{Fault: Fault{Method: method, Code: "Unavailable", Message: "connection reset by peer", After: true, Times: t.times()}, cut: true}
	}
}

func reaching(r reach) func(*Machine) error { return func(m *Machine) error { return m.setReach(r) } }

// cutting lets those who are connected see the certificate of the scenario.
func cutting(m *Machine) error {
	m.cut()
	return nil
}

// The names below are looked up where the machine acts on them.
const (
	wrongCA          = "certificate-of-another-ca"
	expiredServer    = "certificate-expired"
	missingAddress   = "certificate-without-address"
	truncatedConfig  = "kubeconfig-truncated"
	emptyConfig      = "kubeconfig-empty"
	wrongConfig      = "kubeconfig-not-yaml"
	expiredConfig    = "kubeconfig-expired"
	splitMembers     = "etcd-split-view"
	learnerMember    = "etcd-learner"
	extraMember      = "etcd-extra-member"
	lowMemory        = "low-memory"
	diagnosed        = "diagnostics"
	resetHangs       = "reset-never-stops-services"
	sameBoot         = "reset-same-boot-id"
	clockNotSynced   = "clock-not-in-sync"
	lowMemoryKiB     = 512 << 10
	strangerAddress  = "192.0.2.99"
	truncatedAtBytes = 64
)

var scenarios = []Scenario{
	{Name: "connection-refused", Description: "the port is closed for a while", Effect: "Unavailable, connection refused; the machine runs on", begin: reaching(refusing), end: reaching(reachable), lasting: while},
	{Name: "black-hole", Description: "packets to the port get lost for a while", Effect: "dialling hangs until the client gives up", begin: reaching(silent), end: reaching(reachable), lasting: while},
	{Name: wrongCA, Description: "the server's certificate is of another authority", Effect: "Unavailable, certificate signed by unknown authority", begin: cutting, end: cutting},
	{Name: expiredServer, Description: "the server's certificate has expired", Effect: "Unavailable, certificate has expired", begin: cutting, end: cutting},
	{Name: missingAddress, Description: "the server's certificate lacks the machine's address", Effect: "Unavailable, certificate is valid for other names", begin: cutting, end: cutting},
	{Name: "disks-hang", Description: "Disks is not answered for a while", Effect: "the call ends with the client's own deadline, or late", fault: func(t Trouble) activeFault {
		return activeFault{Fault: Fault{Method: "Disks", DelayMs: int(t.lasts(time.Minute).Milliseconds()), Times: t.times()}}
	}},
	{Name: "apply-invalid", Description: "the configuration is refused", Effect: "InvalidArgument: do not try again", fault: failing("ApplyConfiguration", "InvalidArgument", "simulated: the configuration is wrong")},
	{Name: "apply-not-yet", Description: "configurations are refused some times", Effect: "FailedPrecondition, then as usual", fault: failing("ApplyConfiguration", "FailedPrecondition", "another apply configuration is already in progress")},
	{Name: "apply-internal", Description: "the machine cannot write the configuration", Effect: "Internal; nothing is taken", fault: failing("ApplyConfiguration", "Internal", "simulated: no space left on device")},
	{Name: "apply-lost", Description: "the configuration is taken, and the connection is cut before the answer", Effect: "Unavailable; the next call finds a configured machine", fault: lost("ApplyConfiguration")},
	{Name: "apply-slow", Description: "the answer takes a while", Effect: "DeadlineExceeded for the impatient", fault: func(t Trouble) activeFault {
		return activeFault{Fault: Fault{Method: "ApplyConfiguration", DelayMs: int(t.lasts(while).Milliseconds()), Times: t.times()}}
	}},
	{Name: "apply-restart-before", Description: "the machine restarts before it has read the configuration", Effect: "Unavailable; after the restart it is what it was", fault: func(t Trouble) activeFault {
		return activeFault{Fault: Fault{Method: "ApplyConfiguration", Code: "Unavailable", Message: "connection reset by peer", Times: t.times()}, cut: true, restart: true}
	}},
	{Name: "apply-restart-after", Description: "the machine takes the configuration and restarts before it answers", Effect: "Unavailable; after the restart it runs the configuration", fault: func(t Trouble) activeFault {
		f := lost("ApplyConfiguration")(t)
		f.restart = true
		return f
	}},
	{Name: "apply-warns", Description: "the configuration is taken with warnings", Effect: "OK with two warnings", fault: func(t Trouble) activeFault {
		return activeFault{Fault: Fault{Method: "ApplyConfiguration", Times: t.times()}, edit: warn}
	}},
	{Name: "bootstrap-not-yet", Description: "the machine is not ready to be bootstrapped for a while", Effect: "FailedPrecondition, then as usual", fault: func(t Trouble) activeFault {
		f := failing("Bootstrap", "FailedPrecondition", "bootstrap is not available yet")(Trouble{Times: -1})
		f.until = time.Now().Add(t.lasts(while))
		return f
	}},
	{Name: "bootstrap-exists", Description: "the machine says that it has data of an etcd", Effect: "AlreadyExists for ever", fault: func(Trouble) activeFault {
		return failing("Bootstrap", "AlreadyExists", "etcd data directory is not empty")(Trouble{Times: -1})
	}},
	{Name: "bootstrap-lost", Description: "etcd is bootstrapped, and the connection is cut before the answer", Effect: "Unavailable; the next call says AlreadyExists", fault: lost("Bootstrap")},
	{Name: truncatedConfig, Description: "the archive with the kubeconfig ends early", Effect: "an archive that cannot be unpacked"},
	{Name: emptyConfig, Description: "the archive has no file", Effect: "no kubeconfig"},
	{Name: wrongConfig, Description: "the kubeconfig is no YAML", Effect: "a kubeconfig that cannot be parsed"},
	{Name: expiredConfig, Description: "the certificate in the kubeconfig has expired", Effect: "a kubeconfig that the API server refuses"},
	{Name: splitMembers, Description: "the machine's etcd knows only itself", Effect: "member lists that differ between machines"},
	{Name: learnerMember, Description: "the machine's member is shown as a learner", Effect: "a member without a vote"},
	{Name: extraMember, Description: "etcd has a member that no machine is", Effect: "a peer at " + strangerAddress},
	{Name: lowMemory, Description: "the machine has 512 MiB", Effect: "Memory below what Talos wants"},
	{Name: diagnosed, Description: "the machine diagnoses something", Effect: "a resource of kind Diagnostics.runtime.talos.dev", begin: diagnose, end: undiagnose},
	{Name: resetHangs, Description: "a reset does not get as far as stopping services", Effect: "no event of stopAllServices; the machine stays as it is"},
	{Name: sameBoot, Description: "the machine shows its old boot id after a restart", Effect: "a restart that cannot be told from none"},
	{Name: clockNotSynced, Description: "the machine has found no time server", Effect: "Bootstrap: FailedPrecondition, time is not in sync yet; not ready", begin: publishClock, end: publishClock},
}

func warn(response any) {
	if reply, ok := response.(*machineapi.ApplyConfigurationResponse); ok {
		for _, message := range reply.GetMessages() {
			message.Warnings = append(message.Warnings, "simulated: a field is deprecated", "simulated: another one too")
		}
	}
}

func diagnose(m *Machine) error {
	r := runtime.NewDiagnostic(runtime.NamespaceName, "simulated")
	r.TypedSpec().Message, r.TypedSpec().Details = "simulated diagnostic", []string{"nothing is wrong"}
	put(m, r)
	return nil
}

func undiagnose(m *Machine) error {
	m.remove(runtime.NewDiagnostic(runtime.NamespaceName, "simulated").Metadata())
	return nil
}

func publishClock(m *Machine) error {
	r := talostime.NewStatus()
	r.TypedSpec().Synced = !m.troubled(clockNotSynced)
	put(m, r)
	m.fleet.notify()
	return nil
}

// troubles are the scenarios that are on.
type troubles struct {
	mu sync.Mutex
	on map[string]*time.Timer // nil without an end
}

// troubled reports whether a scenario is on.
func (m *Machine) troubled(name string) bool {
	m.troubles.mu.Lock()
	defer m.troubles.mu.Unlock()
	_, on := m.troubles.on[name]
	return on
}

// Begin starts a scenario. It errors when there is none of that name.
func (m *Machine) Begin(t Trouble) error {
	i := slices.IndexFunc(scenarios, func(s Scenario) bool { return s.Name == t.Name })
	if i < 0 {
		var names []string
		for _, s := range scenarios {
			names = append(names, s.Name)
		}
		return fmt.Errorf("scenario: %q — none of that name; give one of %s", t.Name, strings.Join(names, ", "))
	}
	s := scenarios[i]
	if s.fault != nil {
		return m.add(s.fault(t))
	}
	m.troubles.mu.Lock()
	if m.troubles.on == nil {
		m.troubles.on = map[string]*time.Timer{}
	}
	var timer *time.Timer
	if d := t.lasts(s.lasting); d > 0 {
		timer = time.AfterFunc(d, func() { m.finish(s) })
	}
	m.troubles.on[s.Name] = timer
	m.troubles.mu.Unlock()
	if s.begin == nil {
		return nil
	}
	return s.begin(m)
}

func (m *Machine) finish(s Scenario) {
	m.troubles.mu.Lock()
	timer, on := m.troubles.on[s.Name]
	delete(m.troubles.on, s.Name)
	m.troubles.mu.Unlock()
	if timer != nil {
		timer.Stop()
	}
	if !on || s.end == nil {
		return
	}
	if err := s.end(m); err != nil {
		m.log.Error("scenario does not end", "scenario", s.Name, "error", err)
	}
}

// ClearFaults ends all scenarios and removes all faults.
func (m *Machine) ClearFaults() {
	for _, s := range scenarios {
		m.finish(s)
	}
	m.faults.mu.Lock()
	defer m.faults.mu.Unlock()
	m.faults.faults = nil
}

// ScenarioTable is the table of all scenarios as Markdown.
func ScenarioTable() string {
	var out strings.Builder
	out.WriteString("| name | what happens | what a client sees |\n| --- | --- | --- |\n")
	for _, s := range scenarios {
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", s.Name, s.Description, s.Effect)
	}
	return out.String()
}
