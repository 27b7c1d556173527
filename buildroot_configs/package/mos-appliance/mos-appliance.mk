################################################################################
#
# mos-appliance
#
################################################################################

MOS_APPLIANCE_VERSION = $(shell cat $(BR2_EXTERNAL_MOS_PATH)/../image/version)
MOS_APPLIANCE_SITE = $(call qstrip,$(MOS_PARTS))/appliance
MOS_APPLIANCE_SITE_METHOD = local
MOS_APPLIANCE_LICENSE = Apache-2.0, and those of the wheels (licences.tsv)
MOS_APPLIANCE_LICENSE_FILES = licences.tsv
MOS_APPLIANCE_DEPENDENCIES = python3 python-rtmidi

MOS_APPLIANCE_SITE_PACKAGES = $(TARGET_DIR)/usr/lib/python$(PYTHON3_VERSION_MAJOR)/site-packages

# What an earlier build of ours left, and is no more, must not stay: all but what two other packages install.
define MOS_APPLIANCE_INSTALL_TARGET_CMDS
	mkdir -p $(MOS_APPLIANCE_SITE_PACKAGES)
	find $(MOS_APPLIANCE_SITE_PACKAGES) -mindepth 1 -maxdepth 1 ! -name 'rtmidi*' ! -name '*alsaaudio*' -exec rm -rf {} +
	mkdir -p $(MOS_APPLIANCE_SITE_PACKAGES) $(TARGET_DIR)/usr/share/sounds
	cp -a $(@D)/site-packages/. $(MOS_APPLIANCE_SITE_PACKAGES)/
	cp -a $(@D)/sf2 $(TARGET_DIR)/usr/share/sounds/
	$(INSTALL) -D -m 0755 $(@D)/mos $(TARGET_DIR)/usr/bin/mos
	$(INSTALL) -D -m 0644 $(@D)/updates.pem $(TARGET_DIR)/etc/mos/updates.pem
endef

$(eval $(generic-package))
