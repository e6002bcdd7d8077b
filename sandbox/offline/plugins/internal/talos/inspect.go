package talos

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/siderolabs/talos/pkg/cluster"
	"github.com/siderolabs/talos/pkg/cluster/check"
	"github.com/siderolabs/talos/pkg/conditions"
	"github.com/siderolabs/talos/pkg/machinery/cel"
	"github.com/siderolabs/talos/pkg/machinery/cel/celenv"
	"github.com/siderolabs/talos/pkg/machinery/client"
	machinetype "github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/config/types/block/blockhelpers"
	"github.com/siderolabs/talos/pkg/machinery/resources/block"

	"firmament.example/sandbox/offline/plugins/internal/provider"
)

// getDisks is talos:machine/getDisks:getDisks.
func getDisks() function {
	return function{
		schema: schema{
			"clientConfiguration": {kind: object, required: true, fields: clientSchema(false)},
			"node":                {required: true},
			"endpoint":            {},
			"selector":            {},
			"timeouts":            timeoutsSchema("read"),
		},
		run: func(ctx context.Context, args resource.PropertyMap) (resource.PropertyMap, error) {
			timeout, err := timeoutOf(args, "read")
			if err != nil {
				return nil, err
			}
			target, err := machineOf(args, fieldsOf(args, "clientConfiguration"))
			if err != nil {
				return nil, err
			}
			selector := textOf(args, "selector")
			if selector == "" {
				selector = "true"
			}
			expression, err := cel.ParseBooleanExpression(selector, celenv.DiskLocator())
			if err != nil {
				return nil, fmt.Errorf("selector: %q — must be a CEL expression over disk and system_disk: %w", selector, err)
			}
			var found []*block.Disk
			err = target.callUntil(ctx, timeout, func(ctx context.Context, c *client.Client) error {
				var err error
				found, err = blockhelpers.MatchDisks(ctx, c.COSI, &expression)
				return err //nolint:wrapcheck // the code of the status decides about trying again
			})
			if err != nil {
				return nil, fmt.Errorf("list disks of %s: %w", target.node, err)
			}
			disks := make([]resource.PropertyValue, len(found))
			for i, disk := range found {
				disks[i] = resource.NewProperty(diskProperties(disk.TypedSpec()))
			}
			return resource.PropertyMap{
				"disks":    resource.NewProperty(disks),
				"endpoint": resource.NewProperty(target.endpoint),
				"id":       resource.NewProperty("machine_disks"),
			}, nil
		},
	}
}

func diskProperties(spec *block.DiskSpec) resource.PropertyMap {
	return resource.PropertyMap{
		"devPath":        resource.NewProperty(spec.DevPath),
		"size":           resource.NewProperty(float64(spec.Size)),
		"prettySize":     resource.NewProperty(spec.PrettySize),
		"ioSize":         resource.NewProperty(float64(spec.IOSize)),
		"sectorSize":     resource.NewProperty(float64(spec.SectorSize)),
		"readonly":       resource.NewProperty(spec.Readonly),
		"cdrom":          resource.NewProperty(spec.CDROM),
		"model":          resource.NewProperty(spec.Model),
		"serial":         resource.NewProperty(spec.Serial),
		"modalias":       resource.NewProperty(spec.Modalias),
		"wwid":           resource.NewProperty(spec.WWID),
		"uuid":           resource.NewProperty(spec.UUID),
		"busPath":        resource.NewProperty(spec.BusPath),
		"subSystem":      resource.NewProperty(spec.SubSystem),
		"transport":      resource.NewProperty(spec.Transport),
		"rotational":     resource.NewProperty(spec.Rotational),
		"secondaryDisks": texts(spec.SecondaryDisks),
		"symlinks":       texts(spec.Symlinks),
	}
}

func texts(items []string) resource.PropertyValue {
	values := make([]resource.PropertyValue, len(items))
	for i, item := range items {
		values[i] = resource.NewProperty(item)
	}
	return resource.NewProperty(values)
}

// getKubeconfig is talos:cluster/getKubeconfig:getKubeconfig.
func getKubeconfig() function {
	return function{
		schema: schema{
			"clientConfiguration": {kind: object, required: true, fields: clientSchema(false)},
			"node":                {required: true},
			"endpoint":            {},
			"wait":                {kind: flag},
			"timeouts":            timeoutsSchema("read"),
		},
		run: func(ctx context.Context, args resource.PropertyMap) (resource.PropertyMap, error) {
			if !given(args, "endpoint") {
				args["endpoint"] = args["node"]
			}
			cluster, err := fetchKubeconfig(ctx, args, "read")
			if err != nil {
				return nil, err
			}
			return resource.PropertyMap{"id": resource.NewProperty(cluster)}, nil
		},
	}
}

// getHealth is talos:cluster/getHealth:getHealth.
func getHealth() function {
	return function{
		schema: schema{
			"clientConfiguration":  {kind: object, required: true, fields: clientSchema(false)},
			"controlPlaneNodes":    {kind: list, required: true},
			"endpoints":            {kind: list, required: true},
			"workerNodes":          {kind: list},
			"skipKubernetesChecks": {kind: flag},
			"timeouts":             timeoutsSchema("read"),
		},
		run: func(ctx context.Context, args resource.PropertyMap) (resource.PropertyMap, error) {
			if err := waitHealthy(ctx, args); err != nil {
				return nil, err
			}
			return resource.PropertyMap{"id": resource.NewProperty("cluster_health")}, nil
		},
	}
}

func waitHealthy(ctx context.Context, args resource.PropertyMap) error {
	timeout, err := timeoutOf(args, "read")
	if err != nil {
		return err
	}
	nodes, err := nodesOf(args)
	if err != nil {
		return err
	}
	credentials, err := credentialsOf("dynamic", fieldsOf(args, "clientConfiguration"))
	if err != nil {
		return err
	}
	endpoints, _ := textsOf(args, "endpoints")
	c, err := client.New(ctx, client.WithConfig(credentials), client.WithEndpoints(endpoints...))
	if err != nil {
		return fmt.Errorf("connect to %s: %w", strings.Join(endpoints, ", "), err)
	}
	defer c.Close() //nolint:errcheck // every answer is there already
	clients := &cluster.ConfigClientProvider{DefaultClient: c}
	defer clients.Close() //nolint:errcheck // every answer is there already

	checks := check.DefaultClusterChecks()
	if flagOf(args, "skipKubernetesChecks") {
		checks = check.PreBootSequenceChecks()
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	progress := &reported{ctx: ctx}
	subject := struct {
		cluster.ClientProvider
		cluster.K8sProvider
		cluster.Info
	}{clients, &cluster.KubernetesClient{ClientProvider: clients}, nodes}
	if err := check.Wait(ctx, &subject, checks, progress); err != nil {
		return fmt.Errorf("cluster is not healthy after %s: %w\n%s", timeout, err, strings.Join(progress.lines, "\n"))
	}
	return nil
}

// clusterNodes are the machines a cluster should have.
type clusterNodes map[machinetype.Type][]cluster.NodeInfo

func nodesOf(args resource.PropertyMap) (clusterNodes, error) {
	nodes := clusterNodes{}
	for key, kind := range map[resource.PropertyKey]machinetype.Type{
		"controlPlaneNodes": machinetype.TypeControlPlane, "workerNodes": machinetype.TypeWorker,
	} {
		addresses, _ := textsOf(args, key)
		infos, err := cluster.IPsToNodeInfos(addresses)
		if err != nil {
			return nil, fmt.Errorf("%s: must be IP addresses: %w", key, err)
		}
		nodes[kind] = infos
	}
	return nodes, nil
}

func (n clusterNodes) Nodes() []cluster.NodeInfo {
	return slices.Concat(n[machinetype.TypeControlPlane], n[machinetype.TypeWorker])
}

func (n clusterNodes) NodesByType(kind machinetype.Type) []cluster.NodeInfo { return n[kind] }

// reported keeps what the checks said, without repetitions, and shows it while they run.
type reported struct {
	ctx   context.Context //nolint:containedctx // the checks report without one
	lines []string
}

func (r *reported) Update(condition conditions.Condition) {
	line := condition.String()
	if len(r.lines) > 0 && r.lines[len(r.lines)-1] == line {
		return
	}
	r.lines = append(r.lines, line)
	provider.Status(r.ctx, line)
}
