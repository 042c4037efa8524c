package evidence

// averager shrinks a picture by the average of the area that each new pixel
// covers, exactly, in integers. Rows come in one at a time from the top.
//
// Lengths are counted so that an old pixel is w (h) long and a new one W (H):
// then all overlaps are whole numbers, and the sums of a new pixel weigh W*H.
type averager struct {
	oldW, oldH, w, h int
	y                int      // old row that comes next
	line             []uint32 // the old row, averaged sideways; sums weigh W
	sum              []uint64 // of the new row that is being filled
	emit             func(x, y int, r, g, b uint8)
}

func newAverager(oldW, oldH, w, h int, emit func(x, y int, r, g, b uint8)) *averager {
	return &averager{
		oldW: oldW, oldH: oldH, w: w, h: h, emit: emit,
		line: make([]uint32, 3*w), sum: make([]uint64, 3*w),
	}
}

// add takes the next row in RGBA; alpha is ignored.
func (a *averager) add(rgba []byte) {
	y := a.y
	a.y++
	if a.oldW == a.w && a.oldH == a.h {
		for x := range a.w {
			a.emit(x, y, rgba[4*x], rgba[4*x+1], rgba[4*x+2])
		}
		return
	}
	a.sideways(rgba)
	top, bottom := y*a.h, (y+1)*a.h // this row, on the new scale
	edge := (top/a.oldH + 1) * a.oldH
	first := min(bottom, edge) - top
	a.weigh(uint64(first))
	if bottom >= edge {
		a.finish(top / a.oldH)
		a.weigh(uint64(bottom - edge))
	}
}

func (a *averager) sideways(rgba []byte) {
	clear(a.line)
	for x := range a.oldW {
		left, right := x*a.w, (x+1)*a.w
		at := left / a.oldW
		edge := (at + 1) * a.oldW
		in := uint32(min(right, edge) - left)
		p := rgba[4*x : 4*x+3]
		l := a.line[3*at:]
		l[0] += uint32(p[0]) * in
		l[1] += uint32(p[1]) * in
		l[2] += uint32(p[2]) * in
		if right > edge {
			over := uint32(right - edge)
			l[3] += uint32(p[0]) * over
			l[4] += uint32(p[1]) * over
			l[5] += uint32(p[2]) * over
		}
	}
}

func (a *averager) weigh(n uint64) {
	if n == 0 {
		return
	}
	for i, v := range a.line {
		a.sum[i] += uint64(v) * n
	}
}

func (a *averager) finish(y int) {
	area := uint64(a.oldW) * uint64(a.oldH)
	half := area / 2
	for x := range a.w {
		s := a.sum[3*x : 3*x+3]
		a.emit(x, y, uint8((s[0]+half)/area), uint8((s[1]+half)/area), uint8((s[2]+half)/area))
	}
	clear(a.sum)
}
