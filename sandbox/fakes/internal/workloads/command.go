package workloads

import (
	"cmp"
	"fmt"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// mount is a folder, or a file, of this machine that stands for a path of a container.
type mount struct{ path, folder string }

// mounts of a container.
type mounts []mount

// rewrite replaces paths below mount paths in a text by those of this machine. A path begins the text, or follows what
// cannot be part of one: --flag=/path, a:/path, unix:///path.
func (m mounts) rewrite(text string) string {
	ordered := slices.SortedFunc(slices.Values(m), func(a, b mount) int { return cmp.Compare(len(b.path), len(a.path)) })
	var out strings.Builder
	for i := 0; i < len(text); {
		found := slices.IndexFunc(ordered, func(each mount) bool { return begins(text, i) && each.at(text[i:]) })
		if found < 0 {
			out.WriteByte(text[i])
			i++
			continue
		}
		out.WriteString(ordered[found].folder)
		i += len(ordered[found].path)
	}
	return out.String()
}

func begins(text string, i int) bool {
	return i == 0 || strings.ContainsRune("=:, \"'", rune(text[i-1])) || strings.HasSuffix(text[:i], "://")
}

func (m mount) at(text string) bool {
	rest, found := strings.CutPrefix(text, m.path)
	return found && (rest == "" || strings.ContainsRune("/:, \"'", rune(rest[0])))
}

var reference = regexp.MustCompile(`\$?\$\([A-Za-z_][A-Za-z0-9_.-]*\)`)

// expand replaces $(NAME) by variables, as kubelet does: $$(NAME) stands for itself, and so does what is not known.
func expand(text string, variables map[string]string) string {
	return reference.ReplaceAllStringFunc(text, func(found string) string {
		if strings.HasPrefix(found, "$$") {
			return found[1:]
		}
		if value, ok := variables[found[2:len(found)-1]]; ok {
			return value
		}
		return found
	})
}

// flagOf is the value of a flag, in any of its forms; the last one counts.
func flagOf(args []string, name string) (value string, found bool) {
	for i, arg := range args {
		given, rest, ok := parseFlag(arg)
		switch {
		case !ok || given != name:
		case rest != nil:
			value, found = *rest, true
		case i+1 < len(args):
			value, found = args[i+1], true
		}
	}
	return value, found
}

// parseFlag splits -name, --name and --name=value; no value where there is none in the same argument.
func parseFlag(arg string) (name string, value *string, ok bool) {
	text, found := strings.CutPrefix(arg, "-")
	if !found {
		return "", nil, false
	}
	text = strings.TrimPrefix(text, "-")
	name, rest, hasValue := strings.Cut(text, "=")
	if hasValue {
		return name, &rest, true
	}
	return name, nil, true
}

// withFlag is a command line in which a flag has this value, and no other.
func withFlag(args []string, name, value string) []string {
	var out []string
	for i := 0; i < len(args); i++ {
		given, rest, ok := parseFlag(args[i])
		if !ok || given != name {
			out = append(out, args[i])
			continue
		}
		if rest == nil && i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
			i++
		}
	}
	return append(out, "--"+name+"="+value)
}

// listened is the port that a flag lets the program listen on in its container; 0: none.
func (f PortFlag) listened(args []string) (int, error) {
	value, found := flagOf(args, f.Name)
	if !found {
		return f.Default, nil
	}
	if f.Address {
		if value == "" || value == "0" {
			return 0, nil
		}
		_, text, err := net.SplitHostPort(value)
		if err != nil {
			return 0, fmt.Errorf("--%s=%s: not an address with a port", f.Name, value)
		}
		value = text
	}
	port, err := strconv.Atoi(value)
	if err != nil {
		return 0, fmt.Errorf("--%s=%s: not a port", f.Name, value)
	}
	return port, nil
}

// here is the flag's value for a port of this machine.
func (f PortFlag) here(port int) string {
	if f.Address {
		return net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	}
	return strconv.Itoa(port)
}
