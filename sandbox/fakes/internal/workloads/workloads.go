// Package workloads plays the container runtime of the management cluster for programs that the sandbox has: a container
// whose image is known (see Programs) runs as a process of this machine, with the container's own arguments, variables
// and volumes, and with the rights of the pod's ServiceAccount. All other containers are what KWOK says of them.
//
// Secrets, ConfigMaps, the downward API, emptyDir and ServiceAccount tokens are folders of the pod; paths below a mount
// in arguments and variables lead there. Containers of a pod share folders, and so sockets. A process that ends is
// started again, later each time, and the pod says so: not ready, restarts counted. A pod is not ready either while the
// HTTP probe of its container fails.
//
// Different from a container: programs see the machine's files; network policies, limits, users and capabilities do not
// bind them; other volumes are empty; liveness is not asked; ports are those of the sandbox. Of several replicas one
// runs, the oldest, as if the others waited for the lease of the one that leads; they count as ready.
package workloads

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"firmament.example/sandbox/fakes/internal/atomicfile"
	"firmament.example/sandbox/fakes/internal/controlplane"
	"firmament.example/sandbox/fakes/internal/process"
	"firmament.example/sandbox/fakes/internal/reconcile"
)

const (
	// refreshEvery is how long a change of a Secret takes to reach a running container, as with kubelet.
	refreshEvery = time.Minute
	// waitPoll and readyPoll are how often a pod is looked at while something of it does not run, and while all does.
	waitPoll, readyPoll = time.Second, 4 * time.Second
)

// Runner runs the programs of one management cluster's pods.
type Runner struct {
	Cluster *reconcile.Cluster
	Deps    controlplane.Deps
	// Dir is where pods have their volumes. Its path is part of the paths of sockets, which are short.
	Dir string
	// Programs that are known, each with a tool.
	Programs []Program

	mu   sync.Mutex
	pods map[types.NamespacedName]*running
}

// running is a pod whose processes were started.
type running struct {
	uid        types.UID
	dir        string
	refreshed  time.Time
	folders    map[string]string
	containers map[string]*container
}

// container is one that was started.
type container struct {
	process string
	// restarts of the pod's status from before this start, which processes do not know.
	before int32
	// ports of this machine by those that the program believes to listen on, and the keys they are given back by.
	ports map[int]int
	keys  []string
}

// Controllers of the fake.
func (r *Runner) Controllers() []reconcile.Controller {
	kind := schema.GroupVersionKind{Version: "v1", Kind: "Pod"}
	return []reconcile.Controller{{Name: "workloads/pod", Kind: kind, Workers: 4, Reconcile: r.reconcile}}
}

// Forget removes what an earlier run has left in files and ports; its processes are gone already.
func (r *Runner) Forget() error {
	return errors.Join(os.RemoveAll(r.Dir), r.Deps.Ports.ReleaseAll("pods/"))
}

// Stop ends all processes.
func (r *Runner) Stop() error {
	r.mu.Lock()
	keys := make([]types.NamespacedName, 0, len(r.pods))
	for key := range r.pods {
		keys = append(keys, key)
	}
	r.mu.Unlock()
	errs := make([]error, len(keys))
	var wg sync.WaitGroup
	for i, key := range keys {
		wg.Go(func() { errs[i] = r.stop(key) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (r *Runner) reconcile(ctx context.Context, key types.NamespacedName) (time.Duration, error) {
	var pod corev1.Pod
	if err := r.Cluster.Get(ctx, key, &pod); err != nil {
		if apierrors.IsNotFound(err) {
			return 0, r.stop(key)
		}
		return 0, err
	}
	known := r.known(&pod)
	if len(known) == 0 || pod.DeletionTimestamp != nil || ended(&pod) {
		return 0, r.stop(key)
	}
	if pod.Status.Phase != corev1.PodRunning {
		return 0, nil // KWOK has not started it
	}
	leads, err := r.leads(ctx, &pod)
	if err != nil {
		return 0, err
	}
	if !leads {
		return readyPoll, errors.Join(r.stop(key), r.reportIdle(ctx, &pod))
	}
	state, err := r.ensure(ctx, &pod, known)
	if err != nil {
		return 0, errors.Join(err, r.reportWaiting(ctx, &pod, known, err))
	}
	ready, err := r.report(ctx, &pod, state, known)
	if err != nil || !ready {
		return waitPoll, err
	}
	return readyPoll, nil
}

func ended(pod *corev1.Pod) bool {
	return pod.Status.Phase == corev1.PodSucceeded || pod.Status.Phase == corev1.PodFailed
}

// leads reports whether a pod is the oldest of those with the same owner.
func (r *Runner) leads(ctx context.Context, pod *corev1.Pod) (bool, error) {
	owner := metav1.GetControllerOf(pod)
	if owner == nil {
		return true, nil
	}
	var all corev1.PodList
	if err := r.Cluster.List(ctx, &all, client.InNamespace(pod.Namespace)); err != nil {
		return false, err
	}
	replicas := slices.DeleteFunc(all.Items, func(other corev1.Pod) bool {
		its := metav1.GetControllerOf(&other)
		return its == nil || its.UID != owner.UID || other.DeletionTimestamp != nil || other.Status.Phase != corev1.PodRunning
	})
	oldest := slices.MinFunc(append(replicas, *pod), func(a, b corev1.Pod) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Name, b.Name))
	})
	return oldest.Name == pod.Name, nil
}

// ensure starts what does not run yet, and keeps the volumes up to date.
func (r *Runner) ensure(ctx context.Context, pod *corev1.Pod, known []corev1.Container) (*running, error) {
	key := reconcile.Key(pod)
	state := r.find(key)
	if state != nil && state.uid != pod.UID {
		if err := r.stop(key); err != nil {
			return nil, err
		}
		state = nil
	}
	if state == nil {
		sum := sha256.Sum256([]byte(pod.UID))
		state = &running{uid: pod.UID, dir: filepath.Join(r.Dir, hex.EncodeToString(sum[:4])), containers: map[string]*container{}}
		r.keep(key, state)
	}
	if time.Since(state.refreshed) > refreshEvery {
		folders, err := r.fill(ctx, pod, state.dir)
		switch {
		case err == nil:
			state.folders, state.refreshed = folders, time.Now()
		case len(state.containers) == 0:
			return nil, err
		default: // what runs goes on with what it has
			r.Deps.Log.Warn("volumes cannot be brought up to date", "pod", key.String(), "error", err)
			state.refreshed = time.Now()
		}
	}
	for _, each := range known {
		if state.containers[each.Name] != nil {
			continue
		}
		started, err := r.start(ctx, pod, each, state)
		if err != nil {
			return nil, fmt.Errorf("container %s: %w", each.Name, err)
		}
		state.containers[each.Name] = started
	}
	return state, nil
}

// start starts the process of a container. It may end at once: that is the process' matter, and shows in the status.
func (r *Runner) start(ctx context.Context, pod *corev1.Pod, spec corev1.Container, state *running) (*container, error) {
	program, _ := r.program(spec.Image)
	tool, err := r.Deps.Tool(program.Tool)
	if err != nil {
		return nil, err
	}
	c := &container{process: processName(pod, spec.Name), before: restartsOf(pod, spec.Name), ports: map[int]int{}}
	args, env, err := r.commandLine(ctx, pod, spec, program, state, c)
	if err == nil {
		err = r.Deps.Supervisor.Start(ctx, process.Spec{Name: c.process, Path: tool, Args: args, Env: env, Dir: state.dir, Restart: true})
	}
	if err != nil {
		return nil, errors.Join(err, r.release(c))
	}
	r.Deps.Log.Info("container runs", "pod", reconcile.Key(pod).String(), "container", spec.Name, "process", c.process)
	return c, nil
}

func (r *Runner) commandLine(ctx context.Context, pod *corev1.Pod, spec corev1.Container, program Program, state *running, c *container) (args, env []string, err error) {
	mounted, err := mountsOf(spec, state.folders)
	if err != nil {
		return nil, nil, err
	}
	names, values, err := r.variables(ctx, pod, spec)
	if err != nil {
		return nil, nil, err
	}
	// the first word of a command is the program itself
	if len(spec.Command) > 0 {
		args = append(args, spec.Command[1:]...)
	}
	args = append(args, spec.Args...)
	for i := range args {
		args[i] = mounted.rewrite(expand(args[i], values))
	}
	for name, value := range program.Flags {
		args = withFlag(args, name, value)
	}
	for _, flag := range program.Ports {
		listened, err := flag.listened(args)
		if err != nil {
			return nil, nil, err
		}
		if listened == 0 {
			continue
		}
		id := "pods/" + c.process + "/" + flag.Name
		port, err := r.Deps.Ports.Port(id)
		if err != nil {
			return nil, nil, err
		}
		c.keys, c.ports[listened] = append(c.keys, id), port
		args = withFlag(args, flag.Name, flag.here(port))
	}
	for _, name := range names {
		env = append(env, name+"="+mounted.rewrite(values[name]))
	}
	access, err := r.access(pod, mounted, state.dir)
	if err != nil || access == "" {
		return args, env, err
	}
	return args, append(env, InClusterKubeconfig+"="+access), nil
}

// access writes the kubeconfig of a pod's own ServiceAccount beside its volumes; none where no token is mounted.
func (r *Runner) access(pod *corev1.Pod, mounted mounts, dir string) (string, error) {
	i := slices.IndexFunc(mounted, func(m mount) bool { return m.path == tokenMount })
	if i < 0 {
		return "", nil
	}
	folder := mounted[i].folder
	data, err := inCluster(r.Cluster.REST, filepath.Join(folder, "token"), filepath.Join(folder, "ca.crt"), pod.Namespace)
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "in-cluster.kubeconfig")
	return file, atomicfile.Write(file, data, 0o600)
}

// processName is unique, since names of namespaces and containers have no dots.
func processName(pod *corev1.Pod, container string) string {
	return "pod-" + pod.Namespace + "." + pod.Name + "." + container
}

func (r *Runner) find(key types.NamespacedName) *running {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.pods[key]
}

func (r *Runner) keep(key types.NamespacedName, state *running) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pods == nil {
		r.pods = map[types.NamespacedName]*running{}
	}
	r.pods[key] = state
}

// stop ends the processes of a pod, and removes its volumes.
func (r *Runner) stop(key types.NamespacedName) error {
	r.mu.Lock()
	state := r.pods[key]
	delete(r.pods, key)
	r.mu.Unlock()
	if state == nil {
		return nil
	}
	var wg sync.WaitGroup
	errs := make(chan error, len(state.containers))
	for _, c := range state.containers {
		wg.Go(func() { errs <- errors.Join(r.Deps.Supervisor.Stop(c.process), r.release(c)) })
	}
	wg.Wait()
	close(errs)
	var all error
	for err := range errs {
		all = errors.Join(all, err)
	}
	return errors.Join(all, os.RemoveAll(state.dir))
}

func (r *Runner) release(c *container) error {
	var errs []error
	for _, key := range c.keys {
		errs = append(errs, r.Deps.Ports.Release(key))
	}
	return errors.Join(errs...)
}
