// Package edits tells how far apart two words are, to guess what somebody meant
// who mistyped one. Distance is all there is.
package edits

// Distance is the number of bytes to insert, delete or replace that make b of a
// (the Levenshtein distance), or limit when it is not less.
func Distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return min(row[len(b)], limit)
}
