################################################################################
#
# mos-fluidsynth
#
################################################################################

MOS_FLUIDSYNTH_VERSION = 2.5.7
MOS_FLUIDSYNTH_SOURCE = fluidsynth-$(MOS_FLUIDSYNTH_VERSION).tar.gz
MOS_FLUIDSYNTH_SITE = $(call github,FluidSynth,fluidsynth,v$(MOS_FLUIDSYNTH_VERSION))
MOS_FLUIDSYNTH_LICENSE = LGPL-2.1+
MOS_FLUIDSYNTH_LICENSE_FILES = LICENSE
MOS_FLUIDSYNTH_CPE_ID_VENDOR = fluidsynth
MOS_FLUIDSYNTH_CPE_ID_PRODUCT = fluidsynth
MOS_FLUIDSYNTH_DEPENDENCIES = gcem
MOS_FLUIDSYNTH_CONF_OPTS = \
	-Dosal=cpp11 \
	-Denable-alsa=0 -Denable-aufile=0 -Denable-dbus=0 -Denable-ipv6=0 \
	-Denable-jack=0 -Denable-ladspa=0 -Denable-libinstpatch=0 \
	-Denable-libsndfile=0 -Denable-midishare=0 -Denable-network=0 \
	-Denable-native-dls=0 -Denable-openmp=0 -Denable-oss=0 \
	-Denable-pipewire=0 -Denable-portaudio=0 -Denable-pulseaudio=0 \
	-Denable-readline=0 -Denable-sdl2=0 -Denable-sdl3=0 -Denable-systemd=0 \
	-Denable-threads=0 -Denable-floats=1

# The program and its soundfont player stay out: the library is all that sounds.
define MOS_FLUIDSYNTH_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/src/libfluidsynth.so.3 $(TARGET_DIR)/usr/lib/libfluidsynth.so.3
endef

$(eval $(cmake-package))
