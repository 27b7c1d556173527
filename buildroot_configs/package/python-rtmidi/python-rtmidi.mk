################################################################################
#
# python-rtmidi
#
################################################################################

# The sdist is fetched by pip with the hash of requirements/run.txt (image/parts.py). Its C++ is generated already:
# one call of the compiler does what Meson, Cython and five host packages would.
PYTHON_RTMIDI_VERSION = 1.5.8
PYTHON_RTMIDI_SOURCE = python_rtmidi-$(PYTHON_RTMIDI_VERSION).tar.gz
PYTHON_RTMIDI_SITE = $(call qstrip,$(MOS_PARTS))/sdists
PYTHON_RTMIDI_SITE_METHOD = file
PYTHON_RTMIDI_LICENSE = MIT
PYTHON_RTMIDI_LICENSE_FILES = LICENSE.md src/rtmidi/LICENSE
PYTHON_RTMIDI_DEPENDENCIES = python3 alsa-lib

define PYTHON_RTMIDI_BUILD_CMDS
	$(TARGET_CXX) $(TARGET_CXXFLAGS) -fPIC -shared -std=c++11 -D__LINUX_ALSA__ -D__RTMIDI_SILENCE_WARNINGS__ \
		-I$(STAGING_DIR)/usr/include/python$(PYTHON3_VERSION_MAJOR) -I$(@D)/src -I$(@D)/src/rtmidi \
		$(@D)/src/_rtmidi.cpp $(@D)/src/rtmidi/RtMidi.cpp \
		$(TARGET_LDFLAGS) -lasound -lpthread -o $(@D)/_rtmidi.so
	sed 's/@VERSION@/$(PYTHON_RTMIDI_VERSION)/' $(@D)/rtmidi/version.py.in > $(@D)/rtmidi/version.py
endef

define PYTHON_RTMIDI_INSTALL_TARGET_CMDS
	mkdir -p $(TARGET_DIR)/usr/lib/python$(PYTHON3_VERSION_MAJOR)/site-packages/rtmidi
	cp -a $(@D)/rtmidi/*.py $(TARGET_DIR)/usr/lib/python$(PYTHON3_VERSION_MAJOR)/site-packages/rtmidi/
	$(INSTALL) -m 0755 $(@D)/_rtmidi.so $(TARGET_DIR)/usr/lib/python$(PYTHON3_VERSION_MAJOR)/site-packages/rtmidi/
endef

$(eval $(generic-package))
