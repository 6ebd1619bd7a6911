// Package apimodel reads AWS's public API models and generates the Go packages
// iamapi, stsapi and s3api from them: inputs, outputs, Validate methods, errors
// and the list of operations.
//
// The models in the directory models are a reduced copy of botocore's (see
// README.md there); Reduce makes one. Load reads one, Generate turns it into Go
// files; the command apigen does both. What the models do not say, such as the
// root elements of S3's answers, stands in overlay.go as data.
//
// Nothing here is part of the running server.
package apimodel

import (
	"embed"
	"encoding/json"
	"fmt"
)

//go:embed models/*.json
var models embed.FS

// Model is the reduced model of one service. The names of the fields are
// botocore's.
type Model struct {
	Source     string // where the copy was taken from
	Licence    string
	Metadata   Metadata
	Operations Ordered[*Operation]
	Shapes     Ordered[*Shape]
}

// Metadata names the service and its protocol.
type Metadata struct {
	APIVersion     string `json:"apiVersion"`
	Protocol       string `json:"protocol"`
	EndpointPrefix string `json:"endpointPrefix"` // also the service of a signature's credential scope
	FullName       string `json:"serviceFullName"`
	XMLNamespace   string `json:"xmlNamespace"`
}

// Operation is one call of the service.
type Operation struct {
	Name       string `json:"name"`
	HTTP       HTTP   `json:"http"`
	Input      *Ref   `json:"input"`
	Output     *Ref   `json:"output"`
	Errors     []Ref  `json:"errors"`
	Deprecated bool   `json:"deprecated"`
}

// HTTP is how an operation of a REST protocol is addressed.
type HTTP struct {
	Method       string `json:"method"`
	RequestURI   string `json:"requestUri"`
	ResponseCode int    `json:"responseCode"`
}

// Shape is a type of the model.
type Shape struct {
	Traits
	Type      string        `json:"type"`
	Required  []string      `json:"required"`
	Members   Ordered[*Ref] `json:"members"`
	Member    *Ref          `json:"member"`
	Key       *Ref          `json:"key"`
	Value     *Ref          `json:"value"`
	Enum      []string      `json:"enum"`
	Pattern   string        `json:"pattern"`
	Min       *int64        `json:"min"`
	Max       *int64        `json:"max"`
	Payload   string        `json:"payload"`
	Sensitive bool          `json:"sensitive"`
	Exception bool          `json:"exception"`
	Error     Error         `json:"error"`
	Stream    bool          `json:"eventstream"`
}

// Ref is a use of a shape: a member, a list's element, an input.
type Ref struct {
	Traits
	Shape         string `json:"shape"`
	Location      string `json:"location"`
	XMLAttribute  bool   `json:"xmlAttribute"`
	JSONValue     bool   `json:"jsonvalue"`
	Idempotency   bool   `json:"idempotencyToken"`
	Deprecated    bool   `json:"deprecated"`
	ResultWrapper string `json:"resultWrapper"`
}

// Traits may stand on a shape and on its uses; the use wins.
type Traits struct {
	LocationName    string     `json:"locationName"`
	QueryName       string     `json:"queryName"`
	Flattened       bool       `json:"flattened"`
	Streaming       bool       `json:"streaming"`
	TimestampFormat string     `json:"timestampFormat"`
	XMLNamespace    *Namespace `json:"xmlNamespace"`
}

// Namespace is an XML namespace, with a prefix or as the default.
type Namespace struct {
	URI    string `json:"uri"`
	Prefix string `json:"prefix"`
}

// Error is the error trait of an exception shape. Code is empty when the
// shape's name is the code.
type Error struct {
	Code           string `json:"code"`
	HTTPStatusCode int    `json:"httpStatusCode"`
}

// Load returns the checked-in model of a service: "iam", "sts", "s3".
func Load(service string) (*Model, error) {
	data, err := models.ReadFile("models/" + service + ".json")
	if err != nil {
		return nil, err
	}
	return Parse(data)
}

// Parse reads a model in the reduced form.
func Parse(data []byte) (*Model, error) {
	var m Model
	if err := json.Unmarshal(data, &m); err != nil {
		return nil, fmt.Errorf("apimodel: %w", err)
	}
	return &m, nil
}
