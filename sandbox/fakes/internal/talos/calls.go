package talos

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/role"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

// mostCalls is how many calls a machine remembers. Of those that only read the oldest are forgotten first.
const mostCalls = 2000

// reads are the methods that change nothing: others than administrators may call them.
func reads(method string) bool {
	return rules[method].IncludesAny(role.MakeSet(role.Reader, role.EtcdBackup))
}

// Call is one RPC a machine has seen.
type Call struct {
	Time time.Time `json:"time"`
	// Method is the full name, such as /machine.MachineService/Bootstrap.
	Method string `json:"method"`
	// Roles of the caller; os:reader in maintenance mode.
	Roles []string `json:"roles"`
	// Nodes are the routing headers.
	Nodes []string `json:"nodes,omitempty"`
	// Stage of the machine when the call came.
	Stage   Stage   `json:"stage"`
	Code    string  `json:"code"`
	Message string  `json:"message,omitempty"`
	Millis  float64 `json:"ms"`
	// Open is set while the call is under way.
	Open bool `json:"open,omitempty"`
}

type callLog struct {
	mu    sync.Mutex
	calls []*Call
}

type openCall struct {
	log  *callLog
	call *Call
}

func (l *callLog) begin(ctx context.Context, c *call) openCall {
	md, _ := metadata.FromIncomingContext(ctx)
	entry := &Call{Time: time.Now(), Method: c.method, Roles: roleNames(c.roles), Nodes: append(md.Get("node"), md.Get("nodes")...), Open: true}
	if len(c.targets) > 0 && c.targets[0].machine != nil {
		entry.Stage = c.targets[0].machine.Stage()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.calls) >= mostCalls {
		oldest := max(0, slices.IndexFunc(l.calls, func(c *Call) bool { return reads(c.Method) }))
		l.calls = slices.Delete(l.calls, oldest, oldest+1)
	}
	l.calls = append(l.calls, entry)
	return openCall{l, entry}
}

func (o openCall) end(err error) {
	o.log.mu.Lock()
	defer o.log.mu.Unlock()
	st := status.Convert(err)
	o.call.Open, o.call.Code, o.call.Message = false, st.Code().String(), st.Message()
	o.call.Millis = float64(time.Since(o.call.Time).Microseconds()) / 1000
}

// Calls are the RPCs the machine has seen, oldest first; with names of methods those alone.
func (m *Machine) Calls(methods ...string) []Call {
	m.calls.mu.Lock()
	defer m.calls.mu.Unlock()
	out := []Call{}
	for _, c := range m.calls.calls {
		if len(methods) == 0 || slices.Contains(methods, baseName(c.Method)) {
			out = append(out, *c)
		}
	}
	return out
}

// Fault makes calls of a method fail, wait, or both.
type Fault struct {
	// Method is a full or short name, such as Bootstrap; "*" for all.
	Method string `json:"method"`
	// Code is a gRPC status code by name or number; empty: the call only waits.
	Code    string `json:"code"`
	Message string `json:"message"`
	// Times is how many calls are hit; default 1, -1 for all.
	Times int `json:"times"`
	// DelayMs is waited before the call is answered.
	DelayMs int `json:"delayMs"`
	// After lets the call do its work first and fails then, as when a reply gets lost.
	After bool `json:"after"`
}

type faultList struct {
	mu     sync.Mutex
	faults []*activeFault
}

type activeFault struct {
	Fault
	code codes.Code
	left int
	// until is when it ends; zero: with its last time
	until time.Time
	// cut ends all connections instead of answering, restart the machine's boot as well
	cut, restart bool
	// edit changes the answer
	edit func(response any)
}

// Inject adds a fault. It errors when the code is unknown.
func (m *Machine) Inject(f Fault) error { return m.add(activeFault{Fault: f}) }

func (m *Machine) add(f activeFault) error {
	code := codes.OK
	if f.Code != "" {
		var err error
		if code, err = parseCode(f.Code); err != nil {
			return err
		}
	}
	if f.Method == "" {
		return fmt.Errorf("fault: no method — name the RPC it is for, such as Bootstrap, or \"*\"")
	}
	if f.Times == 0 {
		f.Times = 1
	}
	m.faults.mu.Lock()
	defer m.faults.mu.Unlock()
	f.code, f.left = code, f.Times
	m.faults.faults = append(m.faults.faults, &f)
	return nil
}

// take finds the first fault for a method and uses it up once.
func (l *faultList) take(method string) *activeFault {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.faults = slices.DeleteFunc(l.faults, func(f *activeFault) bool { return !f.until.IsZero() && time.Now().After(f.until) })
	short := method[strings.LastIndexByte(method, '/')+1:]
	for i, f := range l.faults {
		if f.Method != "*" && f.Method != method && f.Method != short {
			continue
		}
		if f.left > 0 {
			if f.left--; f.left == 0 {
				l.faults = slices.Delete(l.faults, i, i+1)
			}
		}
		return f
	}
	return nil
}

// around runs a call with the fault that is due, if any.
func (m *Machine) around(ctx context.Context, method string, run func() (any, error)) (any, error) {
	fault := m.faults.take(method)
	if fault == nil {
		return run()
	}
	if fault.DelayMs > 0 && !sleep(ctx, time.Duration(fault.DelayMs)*time.Millisecond) {
		return nil, status.FromContextError(ctx.Err()).Err()
	}
	if fault.code == codes.OK {
		response, err := run()
		if err == nil && fault.edit != nil {
			fault.edit(response)
		}
		return response, err
	}
	if fault.After {
		if response, err := run(); err != nil {
			return response, err
		}
	}
	if fault.restart {
		m.send(commandReboot)
	}
	if fault.cut {
		m.cut()
	}
	return nil, status.Error(fault.code, fault.Message)
}

func parseCode(text string) (codes.Code, error) {
	if n, err := strconv.Atoi(text); err == nil && n >= 0 && n <= 16 {
		return codes.Code(n), nil
	}
	for c := codes.OK; c <= codes.Unauthenticated; c++ {
		if strings.EqualFold(c.String(), text) {
			return c, nil
		}
	}
	return 0, fmt.Errorf("fault: code %q — not a gRPC status code; give a name such as Unavailable or a number from 1 to 16", text)
}
