"""From the synthesiser's floats to the device's integers: mix, volume, limiter, dither, in as few calls as possible.

On a Cortex-A53 a NumPy call costs more than the arithmetic of a 64-frame chunk. So the usual chunk takes few of them:
its energy, scale and dither in one product, and the copy into the output ring. Everything else (a moving
volume, mono, speech, the limiter at work) is paid for only while it happens, and metering half the beds at a time.

Whether a chunk may be too loud is asked in the order of what asking costs: by its energy, its highest sample, its
steepest step and sharpest bend, and only then by what lies between its samples.

A bed is where one chunk is made. Shapes: (3, 2 · frames): the samples, interleaved, and under each what makes dithering
of scaling: triangular noise of ±1 LSB, and 1.5 · 2²³. A float32 of that size has its ones in the lowest bit, so that
adding rounds, and the lower half of its bits is the sample. They have to be added in this order, which is what a
product of rows does (one of columns takes twice as long). Beds rotate: the noise repeats too slowly to have a pitch.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from mos_appliance.engine.limiter import MARGIN, SURE, Limiter
from mos_appliance.engine.true_peak import LARGEST_BEND, LARGEST_HALF, LARGEST_L1, LARGEST_SUM, LARGEST_TILT, TAPS
from mos_appliance.units import GRID_FRAMES, SAMPLE_RATE

BEDS: Final = 64
CEILING: Final = 10 ** (-1.0 / 20)
"""The limiter keeps the true peak 1 dB under what the volume cap allows."""
_METER_MASK: Final = BEDS // 2 - 1
"""What passed as it is is metered half the beds at a time."""
_ENERGY_MASK: Final = BEDS // 4 - 1
"""What has been loud is asked for its energy at every sixteenth bed."""
_OFFSET: Final = 1.5 * 2**23
_NEAR: Final = 1e-4
_ABSURD: Final = 1e6
"""A sample beyond that, or none, is a fault of the synthesiser's."""
_GLIDE: Final = 0.06
"""Share of the way to its new value that a gain goes in 64 frames: 95 % after 65 ms, no zipper, no click."""
FULL_SCALE: Final = {2: 32767.0, 4: 2147483392.0}
"""Largest whole sample by bytes; the second is the largest float32 below 2³¹ with room for none."""


def chunk_frames_of(period: int) -> int:
    """Frames of a chunk on a device of that period: 64, or 48 where the period is 48."""
    return min(period, GRID_FRAMES)


def adds_in_order(columns: int) -> bool:
    """Whether a product of three rows of that many columns adds the first two before the third, in every column.

    That is for the library to choose which NumPy multiplies with, and it chooses by the processor.
    """
    rows = np.repeat(np.array([[0.25], [0.35], [_OFFSET]], np.float32), columns, axis=1)
    return bool((np.ones(3, np.float32).dot(rows) == np.float32(_OFFSET + 1)).all())


class Mixer:
    """Makes one chunk after the other. Units: gains linear, 1 is the device's full scale."""

    def __init__(self, chunk_frames: int, sample_bytes: int) -> None:
        self.frames = chunk_frames
        self.full_scale = FULL_SCALE[sample_bytes]
        self.gain = 0.0
        """Master gain now; it glides to `target`, so that the first sound fades in."""
        self.target = 0.0
        self.cap_at(1.0)
        self.mono = False
        self.peak = 0.0
        """Highest sample that left since `take_levels`."""
        self.reduction = 1.0
        """Lowest gain of the limiter since `take_levels`."""
        self._glide = 1.0 - (1.0 - _GLIDE) ** (chunk_frames / 64)
        self._limiter = Limiter(chunk_frames, SAMPLE_RATE)
        self._make_beds(chunk_frames, sample_bytes)
        flat = 2 * chunk_frames
        self._dithered = sample_bytes == 2
        self._magnitudes = np.zeros(flat, np.float32)
        self._wide = np.zeros(flat, np.float32)
        self._wide_stereo = self._wide.reshape(chunk_frames, 2)
        self._whole = self._wide.view(np.int16)[::2]
        self._full_scales = np.full(flat, self.full_scale, np.float32)
        self._weights = np.array([0.0, 1.0, 1.0], np.float32)
        self._weigh = self._weights.dot if adds_in_order(flat) else self._weigh_row_by_row
        self._scales = np.zeros(flat, np.float32)
        self._work = np.zeros((chunk_frames, 2), np.float32)
        self._work_flat = self._work.reshape(flat)
        self._ramp = np.linspace(0.0, 1.0, chunk_frames + 1, dtype=np.float32)[1:]
        self._curve = np.zeros(chunk_frames, np.float32)
        self._column = self._curve[:, None]
        self._steps = np.zeros(flat - 2, np.float32)
        self._later_steps, self._earlier_steps = self._steps[2:], self._steps[:-2]
        self._bends = np.zeros(flat - 4, np.float32)
        self._past_smooth = (0.0, 0.0)
        """Largest step and bend of the last bed, if `_past_smooth_of` is this one."""
        self._past_smooth_of = -1
        self._energy = 0.0
        """Sum of the squares of the last bed's samples: tells at the least cost that a chunk cannot be too loud."""
        self._by_energy = True
        """Whether that is known and was little: what is loud is not asked for it, but now and then."""
        self._past_peak = 0.0
        self._peak_known = True
        """Whether `_past_peak` is that of the last bed."""
        self._unmetered = 0
        self._last_unmetered = 0
        self._metered = np.zeros((BEDS // 2, flat), np.float32)
        self._voice: NDArray[np.float32] | None = None
        self._past = np.zeros((TAPS, 2), np.float32)
        self._past_of = -1
        self._scaled_for = -1.0

    def _make_beds(self, chunk_frames: int, sample_bytes: int) -> None:
        flat = 2 * chunk_frames
        beds = np.zeros((BEDS, 3, flat), np.float32)
        if sample_bytes == 2:
            noise = np.random.default_rng(1).random((2, BEDS, flat), np.float32)
            beds[:, 1], beds[:, 2] = noise[0] - noise[1], _OFFSET
        self._beds, self._offsets = beds, beds[0, 2]
        self._each_bed, self._samples, self._dithers = list(beds), list(beds[:, 0]), list(beds[:, 1])
        self._run = np.zeros((BEDS, flat), np.float32)
        self._run_address = self._run.ctypes.data
        # The bound method spares the look for somebody else's idea of a product.
        self._norms = [samples.dot for samples in self._samples]
        self._later = [samples[2:] for samples in self._samples]
        self._earlier = [samples[:-2] for samples in self._samples]
        self._stereo: list[NDArray[np.float32]] = [samples.reshape(chunk_frames, 2) for samples in self._samples]
        self._addresses = [(samples.ctypes.data, samples.ctypes.data + samples.itemsize) for samples in self._samples]
        self._bed = BEDS - 1

    def next_bed(self) -> tuple[int, int]:
        """Addresses of the left and the right channel of a fresh bed, for the synthesiser to write."""
        self._bed = bed = (self._bed + 1) % BEDS
        return self._addresses[bed]

    def next_run(self, most: int) -> tuple[int, int, int]:
        """Addresses as `next_bed`, and how many beds there is room for: at most `most`, at least 1."""
        self.next_bed()
        return self._run_address, self._run_address + self._run.itemsize, min(most, BEDS - self._bed)

    def finish_run(self, out: NDArray[np.int16] | NDArray[np.int32], count: int) -> None:
        """As `finish`, for `count` beds from the current one on, to the same bits.

        Shapes: `out` (count · 2 · frames,).
        """
        self._meter()
        first, flat = self._bed, 2 * self.frames
        run, beds = self._run[:count], self._beds[first : first + count]
        beds[:, 0] = run
        peak = float(np.abs(run).max())
        if not self._peak_known:
            self._past_peak, self._peak_known = self._peak_of(first - 1), True
        settled = self._limiter.gain == 1.0 and self.gain == self.target == self._scaled_for and not self.mono
        if settled and peak * self.gain <= self.safe_peak and self._past_peak * self.gain <= self.safe_peak:
            if self._dithered:
                for number in range(count):
                    self._weigh(beds[number], self._wide)
                    out[number * flat : (number + 1) * flat] = self._whole
            else:
                out[...] = run.reshape(-1) * self._scales[0]
            self._bed = last = first + count - 1
            self._past_peak, self._energy = self._peak_of(last), float(self._norms[last](self._samples[last]))
            self.peak = max(self.peak, peak * self.gain)
            return
        for number in range(count):
            self._bed = first + number
            self.finish(out[number * flat : (number + 1) * flat])

    def stereo(self) -> NDArray[np.float32]:
        """The current bed, to mix into. Shapes: (frames, 2)."""
        return self._stereo[self._bed]

    def speak(self, voice: NDArray[np.float32] | None, music_gain: float) -> None:
        """Step the music back in this chunk and mix speech in, however soft the music is set, under the same ceiling.

        Shapes: `voice` (frames,), as loud as it is to leave, kept until `finish`.
        """
        stereo = self._stereo[self._bed]
        np.multiply(stereo, np.float32(music_gain), out=stereo)
        self._voice = voice

    def finish(self, out: NDArray[np.int16] | NDArray[np.int32]) -> None:
        """Scale, limit and round the bed into `out`. Shapes: `out` (2 · frames,), interleaved."""
        bed, gain = self._bed, self.gain
        if self.mono:
            self._fold(self._stereo[bed])
        is_settled = gain == self.target and self._limiter.gain == 1.0 and self._voice is None
        # All are asked so that what is no number is not safe.
        if self._by_energy or not bed & _ENERGY_MASK:
            past_energy = self._energy if self._by_energy else np.inf
            self._energy = energy = float(self._norms[bed](self._samples[bed]))
            # Cauchy and Schwarz.
            self._by_energy = is_settled and energy * gain * gain <= self._safe_energy
            if self._by_energy and (energy + past_energy) * gain * gain <= self._safe_energy:
                self._peak_known = False
                self._finish_as_it_is(out, gain)
                return
        past_peak = self._past_peak if self._peak_known else self._peak_of(bed - 1)
        np.abs(self._samples[bed], self._magnitudes)
        peak = self._magnitudes.item(self._magnitudes.argmax())
        if is_settled and (past_peak if past_peak > peak else peak) * gain <= self.safe_peak:
            self._past_peak, self._peak_known = peak, True
            self._finish_as_it_is(out, gain)
        else:
            self._past_peak = past_peak
            self._finish_looking(out, peak)

    def _finish_looking(self, out: NDArray[np.int16] | NDArray[np.int32], peak: float) -> None:
        """The chunk of which neither energy nor highest sample tells that it may pass as it is."""
        bed, limiter, gain, voiced = self._bed, self._limiter, self.gain, self._voice is not None
        # A gain on its way up is judged by where it goes.
        loudest = gain if gain > self.target else self.target
        bound = LARGEST_L1 * loudest * (self._past_peak if self._past_peak > peak else peak)
        unknown = voiced or limiter.attacked or not peak < _ABSURD
        bound = np.inf if unknown else self._closer_bound(bed, peak, loudest, bound)
        self._past_peak, self._peak_known = peak, True
        if gain == self.target and not voiced and limiter.holds(bound, self._limit):
            self._finish_as_it_is(out, gain * limiter.gain)
        elif bound * limiter.gain <= self._limit:
            self._finish_in_a_ramp(out, peak, bound)
        else:
            self._finish_with_care(out, peak, bound)

    def _peak_of(self, bed: int) -> float:
        np.abs(self._samples[bed], self._magnitudes)
        return self._magnitudes.item(self._magnitudes.argmax())

    def _finish_as_it_is(self, out: NDArray[np.int16] | NDArray[np.int32], gain: float) -> None:
        """The chunk in which nothing moves."""
        bed = self._bed
        if gain != self._scaled_for:
            self._meter()
            self._scale_for(gain)
        if self._dithered:
            self._weigh(self._each_bed[bed], self._wide)
            out[...] = self._whole
        else:
            np.multiply(self._samples[bed], self._scales, self._wide)
            out[...] = self._wide
        self._unmetered += 1
        self._last_unmetered = bed
        if bed & _METER_MASK == _METER_MASK:
            self._meter()

    def _meter(self) -> None:
        """Take the highest sample of the beds that have left as they were since it was last looked for."""
        count, self._unmetered = self._unmetered, 0
        if count:
            end = self._last_unmetered + 1
            samples, room = self._beds[end - count : end, 0], self._metered[:count]
            np.abs(samples, room)
            self.peak = max(self.peak, room.item(room.argmax()) * self._scaled_for)

    def _closer_bound(self, bed: int, peak: float, gain: float, bound: float) -> float:
        """A bound on the true peak at a gain: no closer than the limiter needs, for closer ones cost more."""
        limiter, limit = self._limiter, self._limit
        if limiter.leaves_open(bound, limit):
            bound = self._bound(bed, peak) * gain
            loudest = max(peak, self._past_peak) * gain
            if loudest * limiter.gain <= limit and limiter.leaves_open(bound, limit):
                between = limiter.measure(self._stereo[bed], self._stereo[bed - 1][-TAPS:])
                bound = max(loudest, between * gain)
        return bound

    def _bound(self, bed: int, peak: float) -> float:
        """A bound on the true peak of the bed, close where the wave is smooth; not a number where a sample is none.

        It holds for what follows too, were the last frame held.
        """
        steps, bends, past = self._steps, self._bends, self._samples[bed - 1]
        np.subtract(self._later[bed], self._earlier[bed], steps)
        np.subtract(self._later_steps, self._earlier_steps, bends)
        step, bend = self._seam(self._samples[bed], past)
        np.abs(steps, steps)
        np.abs(bends, bends)
        own = steps.item(steps.argmax()), bends.item(bends.argmax())
        # What is not known of the bed before cannot be worse than that.
        gone = self._past_smooth if self._past_smooth_of == bed else (2 * self._past_peak, 4 * self._past_peak)
        self._past_smooth, self._past_smooth_of = own, (bed + 1) % BEDS
        step, bend = max(own[0], gone[0], step), max(own[1], gone[1], bend)
        highest = LARGEST_SUM * max(peak, self._past_peak)
        return max(
            highest + LARGEST_TILT * step + LARGEST_BEND * bend, (highest + LARGEST_HALF * step) * (MARGIN / SURE)
        )

    def _seam(self, samples: NDArray[np.float32], past: NDArray[np.float32]) -> tuple[float, float]:
        """The largest step from the bed before to this one, and the largest bend in it."""
        step = bend = 0.0
        for channel in (0, 1):
            last, first = past.item(channel - 2), samples.item(channel)
            seam, before = first - last, last - past.item(channel - 4)
            step = max(step, abs(seam))
            bend = max(bend, abs(seam - before), abs(self._steps.item(channel) - seam))
        return step, bend

    def cap_at(self, cap: float) -> None:
        """Let the limiter keep the true peak 1 dB below `cap`."""
        self.ceiling = cap
        self.safe_peak = Limiter.safe_peak(cap * CEILING)
        self._limit = cap * CEILING * MARGIN
        self._safe_energy = self._limit * self._limit

    def take_levels(self) -> tuple[float, float]:
        """Highest sample and lowest limiter gain since the last call, linear."""
        self._meter()
        levels = (self.peak, self.reduction)
        self.peak, self.reduction = 0.0, self._limiter.gain
        return levels

    def _fold(self, stereo: NDArray[np.float32]) -> None:
        middle = (stereo[:, 0] + stereo[:, 1]) * np.float32(0.5)
        stereo[...] = middle[:, None]

    def _weigh_row_by_row(self, bed: NDArray[np.float32], out: NDArray[np.float32]) -> None:
        np.multiply(bed[0], self._weights[0], out)
        np.add(out, bed[1], out)
        np.add(out, bed[2], out)

    def _scale_for(self, gain: float) -> None:
        self._weights[0] = gain * self.full_scale
        if not self._dithered:
            self._scales.fill(gain * self.full_scale)
        self._scaled_for = gain

    def _finish_in_a_ramp(self, out: NDArray[np.int16] | NDArray[np.int32], peak: float, bound: float) -> None:
        """The chunk in which only a gain moves: the master's, the limiter's on its way up, or both as one."""
        self._meter()
        limiter, curve, start = self._limiter, self._curve, self.gain * self._limiter.gain
        self.reduction = min(self.reduction, limiter.gain)
        self.gain = self._next_gain()
        end = self.gain * limiter.moves_on(bound, self._limit)
        np.multiply(self._ramp, (end - start) * self.full_scale, out=curve)
        np.add(curve, start * self.full_scale, out=curve)
        np.multiply(self._stereo[self._bed], self._column, out=self._wide_stereo)
        self._round(out)
        self.peak = max(self.peak, peak * max(start, end))

    def _finish_with_care(self, out: NDArray[np.int16] | NDArray[np.int32], peak: float, bound: float) -> None:
        """The chunk that may be too loud, or has speech in it. `bound` is one on its true peak at the master gain."""
        self._meter()
        bed, work, limiter = self._bed, self._work, self._limiter
        if not peak < _ABSURD:
            np.nan_to_num(self._stereo[bed], copy=False, posinf=0.0, neginf=0.0)
            self._energy = self._past_peak = np.inf
        start = self.gain * limiter.gain
        self._glide_into(work, self._stereo[bed])
        if self._voice is not None:
            np.add(work, self._voice[:, None], out=work)
            self._voice = None
            # The next chunk cannot know from its music alone how loud this one was.
            self._energy = self._past_peak = np.inf
        if self._past_of != bed:
            np.multiply(self._stereo[bed - 1][-TAPS:], np.float32(start), out=self._past)
        curve = limiter.curve(work, self._past, self.ceiling * CEILING, bound)
        if curve is not None:
            np.multiply(work, curve[:, None], out=work)
            if limiter.attacked:
                limiter.make_sure(work, self._past, self.ceiling * CEILING)
            self.reduction = min(self.reduction, limiter.lowest)
        self._past[...] = work[-TAPS:]
        self._past_of = (bed + 1) % BEDS
        np.abs(self._work_flat, self._magnitudes)
        self.peak = max(self.peak, self._magnitudes.item(self._magnitudes.argmax()))
        np.multiply(self._work_flat, self._full_scales, self._wide)
        self._round(out)

    def _round(self, out: NDArray[np.int16] | NDArray[np.int32]) -> None:
        """`_wide` as whole samples."""
        if self._dithered:
            np.add(self._wide, self._dithers[self._bed], self._wide)
            np.add(self._wide, self._offsets, self._wide)
            out[...] = self._whole
        else:
            out[...] = self._wide

    def _next_gain(self) -> float:
        """The master gain a chunk later: on its way to the target."""
        start, target = self.gain, self.target
        return target if abs(target - start) < _NEAR else start + (target - start) * self._glide

    def _glide_into(self, work: NDArray[np.float32], stereo: NDArray[np.float32]) -> None:
        """The bed at the master gain, which moves towards its target. Shapes: (frames, 2) both."""
        start, end = self.gain, self._next_gain()
        if start == end:
            np.multiply(stereo, np.float32(start), out=work)
            return
        self.gain = end
        np.multiply(self._ramp, end - start, out=self._curve)
        np.add(self._curve, start, out=self._curve)
        np.multiply(stereo, self._column, out=work)
