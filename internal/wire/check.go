package wire

import "fmt"

// check reports a tag that does not fit the type of its field.
func (f *Field) check() error {
	kind := f.Type.Kind
	switch {
	case f.Flat && kind != List && kind != Map:
		return fmt.Errorf("flat is for lists and maps")
	case (kind == Stream || f.stream) && f.In != Payload:
		return fmt.Errorf("a stream must be the payload")
	case f.Attr && (f.In != Body || !f.Type.Scalar()):
		return fmt.Errorf("an attribute must be a scalar in the body")
	case f.In == Headers && (kind != Map || f.Type.Elem.Kind != String):
		return fmt.Errorf("headers are a map of strings")
	case (f.In == URI || f.In == Status) && !f.Type.Scalar():
		return fmt.Errorf("a label and a status are scalars")
	case f.In == Status && kind != Int:
		return fmt.Errorf("a status is a number")
	case f.In == Header && !f.Type.Scalar() && !f.listOfScalars():
		return fmt.Errorf("a header is a scalar or a list of scalars")
	case f.In == Payload && kind != Struct && kind != String && kind != Blob && kind != Stream:
		return fmt.Errorf("a payload is a structure, text or bytes")
	case f.JSON && kind != String:
		return fmt.Errorf("JSON is held in a string")
	}
	return nil
}

func (f *Field) listOfScalars() bool {
	return f.Type.Kind == List && f.Type.Elem.Scalar()
}

// finish derives what concerns all fields together.
func (s *Structure) finish() error {
	seen := map[string]bool{}
	var body []*Field
	for i := range s.Fields {
		f := &s.Fields[i]
		switch f.In {
		case Payload:
			if s.Payload != nil {
				return fmt.Errorf("has two payloads")
			}
			s.Payload = f
		case Body:
			if seen[f.Name] {
				return fmt.Errorf("has two members %s", f.Name)
			}
			seen[f.Name] = true
			body = append(body, f)
		}
	}
	s.HasBody = len(body) > 0
	if s.HasBody && s.Payload != nil {
		return fmt.Errorf("has a payload and members in the body")
	}
	// GetBucketLocation answers <LocationConstraint>eu-west-1</LocationConstraint>:
	// a root that has the name of its only member is that member.
	if len(body) == 1 && body[0].Type.Scalar() && body[0].Name == s.Root.Local {
		s.Text = body[0]
	}
	return nil
}
