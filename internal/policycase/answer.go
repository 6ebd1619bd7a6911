package policycase

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/writ-iam/writ/engine"
)

// AppendAnswer appends the answer to a case as one line of JSON:
//
//	{"id","effect","layer","message","statements":[{"policy","sid","index","line","column","layer"}],"missingContext":[…]}
//
// Its form is a promise: members are added, never renamed.
func AppendAnswer(b []byte, c *Case, d engine.Decision, t *engine.Trace) []byte {
	return appendAnswer(b, appendString(nil, c.ID), c, d, t)
}

func appendAnswer(b, id []byte, c *Case, d engine.Decision, t *engine.Trace) []byte {
	b = appendID(b, id)
	b = append(b, `,"effect":"`...)
	b = append(b, d.Effect.String()...)
	b = append(b, `","layer":"`...)
	b = append(b, layerName(d.Layer)...)
	b = append(b, `","message":`...)
	b = appendString(b, d.Message(&c.Request))
	b = append(b, `,"statements":[`...)
	for i, s := range t.Deciding(d) {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendStatement(b, &s)
	}
	b = append(b, `],"missingContext":[`...)
	for i, key := range t.Missing {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, key)
	}
	return append(b, "]}\n"...)
}

func appendStatement(b []byte, s *engine.DecidingStatement) []byte {
	ref := &s.Statement
	b = append(b, `{"policy":`...)
	b = appendString(b, ref.Policy)
	b = append(b, `,"sid":`...)
	b = appendString(b, ref.Sid)
	b = append(b, `,"index":`...)
	b = strconv.AppendInt(b, int64(ref.Index), 10)
	b = append(b, `,"line":`...)
	b = strconv.AppendInt(b, int64(ref.Start.Line), 10)
	b = append(b, `,"column":`...)
	b = strconv.AppendInt(b, int64(ref.Start.Column), 10)
	b = append(b, `,"layer":"`...)
	b = append(b, layerName(s.Layer)...)
	return append(b, `"}`...)
}

// appendFailure appends the answer to what is no case. line is the line it
// stands on.
func appendFailure(b, id []byte, line int, err error) []byte {
	b = appendID(b, id)
	b = append(b, `,"line":`...)
	b = strconv.AppendInt(b, int64(line), 10)
	b = append(b, `,"error":`...)
	b = appendString(b, err.Error())
	return append(b, "}\n"...)
}

func appendID(b, id []byte) []byte {
	b = append(b, `{"id":`...)
	if len(id) == 0 {
		return append(b, `""`...)
	}
	return append(b, id...)
}

func appendString(b []byte, s string) []byte {
	// It fails on invalid UTF-8 alone, and has then put U+FFFD in its place.
	b, _ = jsontext.AppendQuote(b, s)
	return b
}
