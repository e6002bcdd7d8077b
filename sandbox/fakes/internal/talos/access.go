package talos

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/api/common"
	"github.com/siderolabs/talos/pkg/machinery/role"
	statuspb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
)

var (
	readers   = role.MakeSet(role.Admin, role.Operator, role.Reader)
	operators = role.MakeSet(role.Admin, role.Operator)
	admins    = role.MakeSet(role.Admin)
	// those who back etcd up
	backups = role.MakeSet(role.Admin, role.Operator, role.EtcdBackup)
	viewers = role.MakeSet(role.Admin, role.Operator, role.Reader, role.EtcdBackup)
)

// rules say who may call what; what is not listed is for administrators.
var rules = map[string]role.Set{
	"/machine.MachineService/Version":        readers,
	"/machine.MachineService/Hostname":       readers,
	"/machine.MachineService/Memory":         readers,
	"/machine.MachineService/ServiceList":    readers,
	"/machine.MachineService/Events":         readers,
	"/machine.MachineService/EtcdMemberList": viewers,
	"/machine.MachineService/EtcdStatus":     viewers,
	"/machine.MachineService/EtcdAlarmList":  viewers,
	"/machine.MachineService/EtcdDefragment": operators,
	"/machine.MachineService/EtcdSnapshot":   backups,
	"/machine.ImageService/List":             readers,
	"/machine.ImageService/Pull":             operators,
	"/machine.MachineService/Dmesg":          readers,
	"/machine.MachineService/Reboot":         operators,
	"/machine.MachineService/Shutdown":       operators,
	"/storage.StorageService/Disks":          readers,
	"/cosi.resource.State/Get":               readers,
	"/cosi.resource.State/List":              readers,
	"/cosi.resource.State/Watch":             readers,
	"/cosi.resource.State/Create":            role.Zero,
	"/cosi.resource.State/Update":            role.Zero,
	"/cosi.resource.State/Destroy":           role.Zero,
}

// openInMaintenance can be called without any right while a machine has no configuration.
const openInMaintenance = "/machine.MachineService/ApplyConfiguration"

var errNotAuthorized = status.Error(codes.PermissionDenied, "not authorized")

type contextKey int

const (
	targetKey contextKey = iota
	rolesKey
)

// target is the machine a call is for: the one it reached, or another it is routed to.
func target(ctx context.Context, self *Machine) *Machine {
	if m, ok := ctx.Value(targetKey).(*Machine); ok {
		return m
	}
	return self
}

func rolesOf(ctx context.Context) role.Set {
	if roles, ok := ctx.Value(rolesKey).(role.Set); ok {
		return roles
	}
	return role.Zero
}

// callerRoles are the organizations of the client certificate; without one the machine is in maintenance mode.
func callerRoles(ctx context.Context) role.Set {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return role.Zero
	}
	info, ok := p.AuthInfo.(credentials.TLSInfo)
	if !ok {
		return role.Zero
	}
	if len(info.State.PeerCertificates) == 0 {
		return role.MakeSet(role.Reader)
	}
	roles, _ := role.Parse(info.State.PeerCertificates[0].Subject.Organization)
	return roles
}

// call is one RPC on its way to one or more machines.
type call struct {
	method  string
	roles   role.Set
	targets []routed
	// many is set for calls with a "nodes" header, even with one node: the reply then names who answered.
	many bool
}

type routed struct {
	name    string // as the caller gave it
	machine *Machine
	err     error
}

// admit decides who is asked and whether the caller may.
func (m *Machine) admit(ctx context.Context, method string) (*call, error) {
	c := &call{method: method, roles: callerRoles(ctx), targets: []routed{{name: m.Address, machine: m}}}
	snap := m.snapshot()
	maintenance := snap.stage == StageMaintenance
	if err := m.profile(snap).served(method, maintenance); err != nil && (maintenance || c.allowed()) {
		return c, err
	}
	if maintenance {
		if method != openInMaintenance && !c.allowed() {
			return c, errNotAuthorized
		}
		return c, nil
	}
	if !c.allowed() {
		return c, errNotAuthorized
	}
	md, _ := metadata.FromIncomingContext(ctx)
	node, nodes := md.Get("node"), md.Get("nodes")
	switch {
	case len(node) > 0:
		c.targets = []routed{m.route(node[0])}
	case len(nodes) > 0:
		if strings.HasPrefix(method, "/cosi.resource.State/") {
			return c, status.Error(codes.InvalidArgument, "one-to-many proxying is not supported for this API")
		}
		c.many, c.targets = true, nil
		for _, name := range nodes {
			c.targets = append(c.targets, m.route(name))
		}
	}
	return c, nil
}

func (c *call) allowed() bool {
	allowed, ok := rules[c.method]
	if !ok {
		allowed = admins
	}
	return c.roles.IncludesAny(allowed)
}

// route finds the machine of a target as apid does: by address or hostname, never with a port.
func (m *Machine) route(name string) routed {
	if _, _, err := net.SplitHostPort(name); err == nil {
		return routed{name: name, err: status.Errorf(codes.Internal, "invalid target %q", name)}
	}
	other, ok := m.fleet.find(name)
	if !ok {
		return routed{name: name, err: status.Errorf(codes.Unavailable, "connection error: desc = \"transport: Error while dialing: dial tcp %s:50000: connect: no route to host\"", name)}
	}
	if other != m && !m.fleet.trust(m, other) {
		return routed{name: name, err: status.Errorf(codes.Unavailable, "connection error: desc = \"transport: Error while dialing: dial tcp %s:50000: connect: connection refused\"", name)}
	}
	return routed{name: name, machine: other}
}

func (m *Machine) unary(ctx context.Context, request any, info *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
	c, err := m.admit(ctx, info.FullMethod)
	if err != nil {
		m.calls.begin(ctx, c).end(err)
		return nil, err
	}
	ctx = context.WithValue(ctx, rolesKey, c.roles)
	ask := func(r routed) (any, error) {
		if r.err != nil {
			return nil, r.err
		}
		entry := r.machine.calls.begin(ctx, c)
		response, err := r.machine.around(ctx, c.method, func() (any, error) {
			return handler(context.WithValue(ctx, targetKey, r.machine), request)
		})
		entry.end(err)
		return response, err
	}
	if !c.many {
		return ask(c.targets[0])
	}
	return c.collect(ask)
}

// collect joins the answers of several machines into one reply, each with the name of who answered; failures become
// messages too.
func (c *call) collect(ask func(routed) (any, error)) (any, error) {
	merged, err := newResponse(c.method)
	if err != nil {
		return nil, err
	}
	field := merged.Descriptor().Fields().ByName("messages")
	if field == nil {
		return nil, status.Error(codes.InvalidArgument, "one-to-many proxying is not supported for this API")
	}
	list := merged.Mutable(field).List()
	for _, r := range c.targets {
		response, err := ask(r)
		message, isMessage := response.(proto.Message)
		if err != nil || !isMessage {
			element := list.AppendMutable().Message()
			st := status.Convert(err)
			setMetadata(element, &common.Metadata{
				Hostname: r.name, Error: st.Message(), Status: &statuspb.Status{Code: int32(st.Code()), Message: st.Message()},
			})
			continue
		}
		answers := message.ProtoReflect().Get(field).List()
		for i := range answers.Len() {
			element := answers.Get(i).Message()
			setMetadata(element, &common.Metadata{Hostname: r.name})
			list.Append(protoreflect.ValueOfMessage(element))
		}
	}
	return merged.Interface(), nil
}

// newResponse makes an empty reply of a method.
func newResponse(method string) (protoreflect.Message, error) {
	name := protoreflect.FullName(strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", "."))
	descriptor, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		return nil, status.Errorf(codes.Unimplemented, "unknown method %s", method)
	}
	rpc, ok := descriptor.(protoreflect.MethodDescriptor)
	if !ok {
		return nil, status.Errorf(codes.Unimplemented, "unknown method %s", method)
	}
	kind, err := protoregistry.GlobalTypes.FindMessageByName(rpc.Output().FullName())
	if err != nil {
		return nil, status.Errorf(codes.Unimplemented, "unknown method %s", method)
	}
	return kind.New(), nil
}

func setMetadata(message protoreflect.Message, md *common.Metadata) {
	field := message.Descriptor().Fields().ByName("metadata")
	if field == nil || field.Message() == nil || field.Message().FullName() != md.ProtoReflect().Descriptor().FullName() {
		return
	}
	message.Set(field, protoreflect.ValueOfMessage(md.ProtoReflect()))
}

func (m *Machine) stream(server any, ss grpc.ServerStream, info *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
	ctx := ss.Context()
	c, err := m.admit(ctx, info.FullMethod)
	if err == nil && c.many && len(c.targets) != 1 {
		err = status.Error(codes.Unimplemented, "the sandbox streams from one node at a time; give one node")
	}
	if err == nil {
		err = c.targets[0].err
	}
	if err != nil {
		m.calls.begin(ctx, c).end(err)
		return err
	}
	to := c.targets[0]
	ctx = context.WithValue(context.WithValue(ctx, rolesKey, c.roles), targetKey, to.machine)
	entry := to.machine.calls.begin(ctx, c)
	routedStream := &routedStream{ServerStream: ss, ctx: ctx}
	if c.many {
		routedStream.hostname = to.name
	}
	_, err = to.machine.around(ctx, c.method, func() (any, error) { return nil, handler(server, routedStream) })
	if errors.Is(err, context.Canceled) {
		entry.end(nil) // the caller went away, which is how most streams end
		return err
	}
	entry.end(err)
	return err
}

// routedStream is a stream for another machine.
type routedStream struct {
	grpc.ServerStream
	ctx      context.Context
	hostname string
}

func (s *routedStream) Context() context.Context { return s.ctx }

func (s *routedStream) SendMsg(message any) error {
	if s.hostname != "" {
		if m, ok := message.(proto.Message); ok {
			setMetadata(m.ProtoReflect(), &common.Metadata{Hostname: s.hostname})
		}
	}
	return s.ServerStream.SendMsg(message)
}

func roleNames(set role.Set) []string {
	names := set.Strings()
	slices.Sort(names)
	return names
}
