package api

import (
	"net/http"
	"net/url"
	"reflect"
	"strings"

	"github.com/writ-iam/writ/internal/shape"
)

// restRoute is how one REST operation is told from the others: by method, by
// the depth of its path (service, bucket, key) and by the query parameters and
// headers that it cannot do without.
type restRoute struct {
	name    string
	method  string
	depth   int               // number of labels: 0 "/", 1 "/{Bucket}", 2 "/{Bucket}/{Key+}"
	consts  map[string]string // of the template's query; "" is presence alone
	queries []string          // required query members
	headers []string          // required header members
}

// notRouted are operations of the model that other endpoints serve, or that
// are the deprecated twin of another; they would make a route ambiguous.
var notRouted = map[string]bool{
	"ListDirectoryBuckets":   true,
	"WriteGetObjectResponse": true,
	"GetBucketLifecycle":     true,
	"PutBucketLifecycle":     true,
	"GetBucketNotification":  true,
	"PutBucketNotification":  true,
}

func restRoutes(s *shape.Service) []restRoute {
	routes := make([]restRoute, 0, len(s.Operations))
	for i := range s.Operations {
		if op := &s.Operations[i]; !notRouted[op.Name] {
			routes = append(routes, newRESTRoute(op))
		}
	}
	return routes
}

func newRESTRoute(op *shape.Operation) restRoute {
	path, query, _ := strings.Cut(op.URI, "?")
	r := restRoute{name: op.Name, method: op.Method, depth: strings.Count(path, "{"), consts: map[string]string{}}
	for part := range strings.SplitSeq(query, "&") {
		if name, value, _ := strings.Cut(part, "="); name != "" {
			r.consts[name] = value
		}
	}
	for f := range op.Input.Fields() {
		name, where := requiredMember(f)
		switch where {
		case "query":
			r.queries = append(r.queries, name)
		case "header":
			r.headers = append(r.headers, name)
		}
	}
	if len(r.consts) > 0 {
		r.headers = nil // the query names the operation; a header that lacks is an error of the input
	}
	return r
}

// requiredMember reports the wire name of a required member that stands in the
// query or in a header, and which.
func requiredMember(f reflect.StructField) (name, where string) {
	name, opts, _ := strings.Cut(f.Tag.Get("aws"), ",")
	required := false
	for opt := range strings.SplitSeq(opts, ",") {
		switch opt {
		case "required":
			required = true
		case "query", "header":
			where = opt
		}
	}
	if !required {
		return "", ""
	}
	return name, where
}

// matches reports whether the request may be meant for the route, and how much
// of it the route explains: the route that explains most is the one.
func (r *restRoute) matches(req *http.Request, depth int, query url.Values) (score int, ok bool) {
	if r.method != req.Method || r.depth != depth {
		return 0, false
	}
	for name, value := range r.consts {
		got, present := query[name]
		if !present || value != "" && (len(got) == 0 || got[0] != value) {
			return 0, false
		}
		score++
	}
	for _, name := range r.queries {
		if !query.Has(name) {
			return 0, false
		}
		score++
	}
	for _, name := range r.headers {
		if req.Header.Get(name) == "" {
			return 0, false
		}
		score++
	}
	return score, true
}

// hasStream reports whether the body of an input goes to the handler unread.
func hasStream(input reflect.Type) bool {
	for f := range input.Fields() {
		if f.Type.Kind() == reflect.Interface {
			return true
		}
	}
	return false
}
