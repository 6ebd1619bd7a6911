package signin

import (
	"net/url"
	"slices"
	"strings"
)

// local returns where in this installation a destination leads, as path and
// query: given as such, or as a URL of the installation's own endpoint. It is
// never another site: browsers take "//host" and "/\host" for one.
func local(endpoint, destination string) (string, bool) {
	u, err := url.Parse(destination)
	if err != nil || u.Opaque != "" || u.User != nil || strings.ContainsAny(destination, "\\\r\n\t") {
		return "", false
	}
	if u.Scheme != "" || u.Host != "" {
		if u.Scheme+"://"+u.Host != endpoint {
			return "", false
		}
	}
	path := u.EscapedPath()
	if !strings.HasPrefix(path, "/") || strings.HasPrefix(path, "//") {
		return "", false
	}
	if u.RawQuery != "" {
		path += "?" + u.RawQuery
	}
	return path, true
}

// landing returns where a Destination of AWS's federation endpoint leads here:
// a page of AWS's console, of which there is none, to the first page.
func landing(endpoint, destination string) (string, bool) {
	if destination == "" || ofConsole(destination) {
		return home, true
	}
	path, ok := local(endpoint, destination)
	if path == "/" {
		path = home
	}
	return path, ok
}

// longestDestination has room for all that AWS's clients ask for, and fits into
// a cookie.
const longestDestination = 2 << 10

// leadsTo is where a sign-in leads that was asked to lead there: home, when
// that is another site.
func (s *Service) leadsTo(v *visit, asked string) string {
	if path, ok := landing(s.Pipeline.Endpoint(v.r), asked); ok && len(path) <= longestDestination {
		return path
	}
	return home
}

// consoleHosts are AWS's, by partition; regions and accounts stand in front.
var consoleHosts = []string{"console.aws.amazon.com", "console.amazonaws.cn", "console.amazonaws-us-gov.com"}

func ofConsole(destination string) bool {
	u, err := url.Parse(destination)
	return err == nil && u.Scheme == "https" && u.User == nil && slices.ContainsFunc(consoleHosts, func(host string) bool {
		return u.Host == host || strings.HasSuffix(u.Host, "."+host)
	})
}
