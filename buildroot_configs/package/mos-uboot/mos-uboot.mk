################################################################################
#
# mos-uboot
#
################################################################################

MOS_UBOOT_VERSION = 2025.01
MOS_UBOOT_SOURCE = u-boot-$(MOS_UBOOT_VERSION).tar.bz2
MOS_UBOOT_SITE = https://ftp.denx.de/pub/u-boot
MOS_UBOOT_LICENSE = GPL-2.0+
MOS_UBOOT_LICENSE_FILES = Licenses/gpl-2.0.txt
MOS_UBOOT_CPE_ID_VENDOR = denx
MOS_UBOOT_CPE_ID_PRODUCT = u-boot
MOS_UBOOT_INSTALL_IMAGES = YES
MOS_UBOOT_DEPENDENCIES = host-bison host-flex host-pkgconf
MOS_UBOOT_BOARDS = qemu_arm64 rpi_arm64

MOS_UBOOT_MAKE = $(TARGET_MAKE_ENV) $(MAKE) -C $(@D) ARCH=arm CROSS_COMPILE="$(TARGET_CROSS)" \
	HOSTCC="$(HOSTCC_NOCCACHE) $(subst -I/,-isystem /,$(subst -I /,-isystem /,$(HOST_CFLAGS)))" \
	HOSTLDFLAGS="$(HOST_LDFLAGS)" SOURCE_DATE_EPOCH=$(SOURCE_DATE_EPOCH)

# One source, built once for each defconfig; an option that does not survive stops the build.
define MOS_UBOOT_BUILD_ONE
	mkdir -p $(@D)/build/$(1)
	cat $(MOS_UBOOT_PKGDIR)/$(1).env $(MOS_UBOOT_PKGDIR)/mos.env > $(@D)/build/$(1)/mos.env
	$(MOS_UBOOT_MAKE) O=$(@D)/build/$(1) $(1)_defconfig
	cd $(@D)/build/$(1) && $(@D)/scripts/kconfig/merge_config.sh -m .config \
		$(MOS_UBOOT_PKGDIR)/mos.config $(MOS_UBOOT_PKGDIR)/$(1).config
	$(SED) 's#"mos.env"#"build/$(1)/mos.env"#' $(@D)/build/$(1)/.config
	$(MOS_UBOOT_MAKE) O=$(@D)/build/$(1) olddefconfig
	lost=$$(grep -hE '^(CONFIG_|# CONFIG_)' $(MOS_UBOOT_PKGDIR)/mos.config $(MOS_UBOOT_PKGDIR)/$(1).config \
		| grep -v DEFAULT_ENV_FILE | grep -vxFf $(@D)/build/$(1)/.config); \
	[ -z "$$lost" ] || { echo "U-Boot for $(1): lost: $$lost"; exit 1; }
	$(MOS_UBOOT_MAKE) O=$(@D)/build/$(1) u-boot.bin

endef

define MOS_UBOOT_BUILD_CMDS
	$(foreach board,$(MOS_UBOOT_BOARDS),$(call MOS_UBOOT_BUILD_ONE,$(board)))
	$(MOS_UBOOT_MAKE) O=$(@D)/build/qemu_arm64 envtools
endef

# fw_setenv is fw_printenv by another name.
define MOS_UBOOT_INSTALL_TARGET_CMDS
	$(INSTALL) -D -m 0755 $(@D)/build/qemu_arm64/tools/env/fw_printenv $(TARGET_DIR)/usr/sbin/fw_printenv
	ln -sf fw_printenv $(TARGET_DIR)/usr/sbin/fw_setenv
endef

define MOS_UBOOT_INSTALL_IMAGES_CMDS
	$(foreach board,$(MOS_UBOOT_BOARDS),$(INSTALL) -D -m 0644 $(@D)/build/$(board)/u-boot.bin \
		$(BINARIES_DIR)/u-boot/$(board).bin$(sep))
endef

$(eval $(generic-package))
