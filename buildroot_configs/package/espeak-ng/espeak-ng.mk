################################################################################
#
# espeak-ng
#
################################################################################

ESPEAK_NG_VERSION = 1.52.0
# Debian's archive of that version: its hash stands in a signed index.
ESPEAK_NG_SITE = https://deb.debian.org/debian/pool/main/e/espeak-ng
ESPEAK_NG_SOURCE = espeak-ng_$(ESPEAK_NG_VERSION)+dfsg.orig.tar.gz
ESPEAK_NG_LICENSE = GPL-3.0+, Apache-2.0 (speech player), BSD-2-Clause, Unicode-DFS-2016
ESPEAK_NG_LICENSE_FILES = COPYING COPYING.APACHE COPYING.BSD2 COPYING.UCD
ESPEAK_NG_SUPPORTS_IN_SOURCE_BUILD = NO
ESPEAK_NG_DEPENDENCIES = host-espeak-ng
# Those of mos_appliance/wire/faults.py.
ESPEAK_NG_LANGUAGES = en de

# Nothing is played by the program itself, and nothing is looked for in the network while it is built.
ESPEAK_NG_CONF_OPTS = \
	-DBUILD_SHARED_LIBS=OFF \
	-DSONIC_LIB=none -DSONIC_INC=none \
	-DUSE_LIBSONIC=OFF -DUSE_LIBPCAUDIO=OFF -DUSE_MBROLA=OFF \
	-DUSE_KLATT=OFF -DUSE_SPEECHPLAYER=OFF -DUSE_ASYNC=OFF
HOST_ESPEAK_NG_CONF_OPTS = $(ESPEAK_NG_CONF_OPTS)

# Its data is made by the program itself, so by one that runs here.
HOST_ESPEAK_NG_RUN = ESPEAK_DATA_PATH=$(HOST_ESPEAK_NG_BUILDDIR) $(HOST_ESPEAK_NG_BUILDDIR)/src/espeak-ng

define HOST_ESPEAK_NG_BUILD_CMDS
	$(HOST_MAKE_ENV) $(MAKE) -C $(HOST_ESPEAK_NG_BUILDDIR) espeak-ng-bin
	cd $(@D)/phsource && $(HOST_ESPEAK_NG_RUN) --compile-intonations
	cd $(@D)/phsource && $(HOST_ESPEAK_NG_RUN) --compile-phonemes
	$(foreach language,$(ESPEAK_NG_LANGUAGES),\
		cd $(@D)/dictsource && $(HOST_ESPEAK_NG_RUN) --compile=$(language)$(sep))
endef

define HOST_ESPEAK_NG_INSTALL_CMDS
	rm -rf $(HOST_DIR)/share/espeak-ng-data
	mkdir -p $(HOST_DIR)/share/espeak-ng-data/lang/gmw
	cd $(HOST_ESPEAK_NG_BUILDDIR)/espeak-ng-data && cp phondata phonindex phontab intonations \
		$(foreach language,$(ESPEAK_NG_LANGUAGES),$(language)_dict) $(HOST_DIR)/share/espeak-ng-data/
	cd $(HOST_ESPEAK_NG_BUILDDIR)/espeak-ng-data/lang/gmw && cp $(ESPEAK_NG_LANGUAGES) \
		$(HOST_DIR)/share/espeak-ng-data/lang/gmw/
endef

define ESPEAK_NG_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(ESPEAK_NG_BUILDDIR) espeak-ng-bin
endef

define ESPEAK_NG_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(ESPEAK_NG_BUILDDIR)/src/espeak-ng $(TARGET_DIR)/usr/bin/espeak-ng
	rm -rf $(TARGET_DIR)/usr/share/espeak-ng-data
	mkdir -p $(TARGET_DIR)/usr/share
	cp -a $(HOST_DIR)/share/espeak-ng-data $(TARGET_DIR)/usr/share/
endef

$(eval $(cmake-package))
$(eval $(host-cmake-package))
